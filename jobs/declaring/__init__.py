"""Jobs that code declares: objects in the ``schedules.py`` of any installed app.

Importing such a module registers what it declares and writes nothing. A check says what is wrong
without asking the database; ``sync``, one step of a deploy, makes the stored jobs what the code
says, on the way that a schedule file takes. The source of such a job is ``code:<module>``.
"""
