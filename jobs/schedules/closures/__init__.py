"""Calendars: which days and hours are closed to jobs, and where an occurrence goes that falls in
one.

What enters is a ``CalendarSpec``, plain texts as people write them; ``compiled`` reads it once.
``Closures`` are the calendars of one job in its zone, and answer what closes a moment;
``ShiftedSchedule`` moves what falls in a closed stretch. Nothing here reads a clock.
"""
