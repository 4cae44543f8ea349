"""Splunk Enterprise and Splunk Cloud: searches read rows, HEC takes messages."""
