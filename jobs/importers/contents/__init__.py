"""What a file's text is: JSON, YAML, TOML, a crontab's lines or Python source.

The text decides, never the file's name.

In goes a text; out comes a value made of plain objects, lists, texts and numbers, with the line and
column of each of its parts. Nothing is executed. What the value means is for the formats to say.
"""
