"""The labelled letters that ship with the product."""

from crm.subject_requests import rating

LETTERS = rating.examples()
