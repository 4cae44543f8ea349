"""Registry rows of feedback; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

FEEDBACK: tuple[Row, ...] = (
    ("title", "identity", "Title", "The first line of what was said.", "Why did returns jump on Tuesday?", "process_owner", ""),
    ("description", "identity", "Description", "More about it, where the text does not say enough.", "", "process_owner", ""),
    ("tags", "identity", "Tags", "Words that help to find the feedback.", "returns", "process_owner", ""),
    ("owner", "identity", "Owner", "The role that answers the feedback.", "process_owner", "process_owner", ""),
    ("flow", "about", "Flow", "The flow the feedback is about.", "loan-payment-processing", "process_owner", ""),
    ("about", "about", "About", "The template version, the dashboard run and the panel it is about.",
     "panel: overall_return_rate, template_version: 3", "process_owner", ""),
    ("type", "said", "Kind", "A question, a problem, an idea or praise.", "question", "process_owner", ""),
    ("text", "said", "Text", "What somebody has to say, in their own words.", "Why did returns jump on Tuesday?",
     "process_owner", ""),
    ("status", "answered", "Status", "Open, planned, done or declined.", "planned", "process_owner", ""),
    ("answer", "answered", "Answer", "What became of it, told to the person who asked.", "The file of Tuesday had wrong accounts.",
     "process_owner", ""),
)  # fmt: skip
