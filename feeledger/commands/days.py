"""The date option that several commands share."""

from datetime import date

import click


class Day(click.ParamType[date]):
    """A date as people write one: 2026-11-24."""

    name = "YYYY-MM-DD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date; a wrong one is a usage error that says how to write it."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r}：须为日期，如 2026-11-24 · write a date", param, ctx)
