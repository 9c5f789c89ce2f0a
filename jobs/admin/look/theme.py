"""How the console looks: django-unfold's settings for it."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

from jobs import conf

CONSOLE: dict[str, Any] = {
    "SITE_TITLE": "Beatwright",
    "SITE_HEADER": "Beatwright",
    "SITE_URL": None,
    "SITE_SYMBOL": "schedule",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("console/favicon.svg"),
        },
    ],
    "STYLES": [
        lambda request: static("console/console.css"),
        lambda request: static("console/access.css"),
        lambda request: static("console/ask.css"),
        lambda request: static("console/header.css"),
        lambda request: static("console/dashboard.css"),
        lambda request: static("console/alert.css"),
    ],
    "SCRIPTS": [
        lambda request: static("console/console.js"),
        lambda request: static("console/asking.js"),
        lambda request: static("console/counting.js"),
        lambda request: static("console/live.js"),
        lambda request: static("console/keys.js"),
    ],
    "SHOW_HISTORY": False,
    "ACCOUNT": {
        "navigation": [
            *(
                [{"title": "Your account", "link": reverse_lazy("beatwright:me")}]
                if conf.get().site
                else ()
            ),
            {"title": "Change password", "link": reverse_lazy("beatwright:password_change")},
        ]
    },
    "SIDEBAR": {"show_search": False, "navigation": "jobs.admin.navigation.navigation"},
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.3)",
            "100": "oklch(93% .034 272.8)",
            "200": "oklch(87% .065 274)",
            "300": "oklch(78.5% .115 274.7)",
            "400": "oklch(67.3% .182 276.9)",
            "500": "oklch(58.5% .233 277.1)",
            "600": "oklch(51.1% .262 277)",
            "700": "oklch(45.7% .24 277)",
            "800": "oklch(39.8% .195 277.4)",
            "900": "oklch(35.9% .144 278.7)",
            "950": "oklch(25.7% .09 281.3)",
        }
    },
}
