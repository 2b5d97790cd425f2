# Short names for a developer's daily work; everything they do also stands in run.sh, test.sh and .ci/run.
py := .venv/bin/python
lock := $(py) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
babel := $(py) -m babel.messages.frontend --quiet
pot := crm/translations/messages.pot
words := -F babel.cfg --no-location --no-wrap --project "Soglasie CRM"
catalogue := -i $(pot) -d crm/translations --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

.DEFAULT_GOAL := help
.PHONY: help run test lint format lock translations demo bench screenshots

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

run: ## Start the application
	@./run.sh

test: ## Run the whole test suite
	@./test.sh

lint: ## Check style and types
	$(py) -m ruff format --check .
	$(py) -m ruff check .
	$(py) -m mypy

format: ## Put the code into the common style
	$(py) -m ruff check --fix .
	$(py) -m ruff format .

lock: ## Pin packages anew from requirements*.in (UPGRADE=--upgrade takes the newest)
	$(lock) $(UPGRADE) requirements.in -o requirements.txt
	$(lock) $(UPGRADE) requirements-dev.in -o requirements-dev.txt

# The messages themselves are Russian, so the Russian catalogue holds only what is counted.
translations: ## Collect words from code and templates, update and compile the catalogues
	$(babel) extract $(words) -k _l -o $(pot) .
	$(babel) update $(catalogue) -l en
	$(babel) extract $(words) --no-default-keywords -k ngettext:1,2 -o $(pot) .
	$(babel) update $(catalogue) -l ru
	$(babel) compile -d crm/translations

demo: ## Start with a fresh demo database of its own (instance/demo), beside the real one
	rm -rf instance/demo
	INSTANCE="$(CURDIR)/instance/demo" DATABASE_URL= ./run.sh

bench: ## Run the measuring programs of bench/
	@for file in bench/startup.py bench/submissions.py bench/clients.py bench/crash.py; do echo "== $$file"; $(py) "$$file" || exit 1; done

screenshots: ## The pictures of the README, made anew in Chromium
	SCREENSHOTS=1 $(py) -m pytest tests/browser -k screenshots
