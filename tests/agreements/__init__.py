"""Tests of documents: from the draft to the edition that stays for ever."""
