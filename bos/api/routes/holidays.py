"""Holidays of markets and countries, for calendars."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from bos.actions import holidays
from bos.api.callers import Reader
from bos.api.replies import everything
from bos.model.answers.holidays import Holiday, HolidaySource
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1/holidays", tags=["calendars"])

Source = Annotated[str, Query(description="Code of a source, such as XFED, DE or DE-HE.", max_length=60)]
First = Annotated[int, Query(alias="from", description="The first year.")]
Last = Annotated[int, Query(alias="to", description="The last year, included.")]


@router.get("", operation_id="holidays_list", response_model=Page[Holiday])
def list_holidays(caller: Reader, source: Source, first: First, last: Last) -> Response:
    """List the holidays of a market or a country from the first day of a year to the last of another."""
    return everything(holidays.listing(caller.ctx, caller.actor, source, first=first, last=last))


@router.get("/sources", operation_id="holidays_sources", response_model=Page[HolidaySource])
def list_sources(caller: Reader) -> Response:
    """List whose holidays are known."""
    return everything(holidays.sources(caller.ctx, caller.actor))
