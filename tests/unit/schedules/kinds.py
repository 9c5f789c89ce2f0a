"""One schedule of every kind and form, for the suite that all of them pass."""

from __future__ import annotations

EVERY_FORM = [
    ("30 2 * * *", "Europe/Berlin"),
    ("*/7 * * * *", "America/New_York"),
    ("*/20 * * * * *", "Australia/Lord_Howe"),
    ("15 0 2 * * MON-FRI", "Africa/Casablanca"),
    ("0 9 13 * FRI", "America/St_Johns"),
    ("0 9 L * *", "Asia/Kathmandu"),
    ("0 9 LW * *", "Pacific/Apia"),
    ("0 9 * * 5L", "UTC"),
    ("0 9 ? * MON#2,FRI#4", "Antarctica/Troll"),
    ("@hourly", "Europe/Dublin"),
    ("@daily", "America/Havana"),
    ("@weekly", "Europe/Berlin"),
    ("@monthly", "Europe/Berlin"),
    ("@every 1h30m", "Europe/Berlin"),
    ("@every 7d", "UTC"),
    ("@every 1s", "UTC"),
    ("2027-03-28T02:30:00", "Europe/Berlin"),
    ("2027-03-28T02:30:00+05:30", "Europe/Berlin"),
    ("RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "Europe/Berlin"),
    ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "America/New_York"),
    ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "Australia/Lord_Howe"),
    ("RRULE:FREQ=MINUTELY;INTERVAL=11", "Europe/Berlin"),
    ("RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=40", "Africa/Casablanca"),
    ("RRULE:FREQ=SECONDLY;INTERVAL=45;UNTIL=20270329", "Europe/Berlin"),
    ("@manual", "UTC"),
]
