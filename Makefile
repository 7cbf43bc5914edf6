# Two commands: `make demo` and `make test`.
PYTHON ?= python3
PORT ?= 8000
APPLICATIONS ?= 1000000
DEMO = DEMO=1 VAR_DIR=var/demo QUIET_HOURS=none SITE_URL=http://127.0.0.1:$(PORT) .venv/bin/degreetrack
BENCH = SECRET_KEY=bench ALLOWED_HOSTS=127.0.0.1,testserver DJANGO_SETTINGS_MODULE=bench.settings PYTHONPATH=.

.PHONY: test test-sqlite test-postgresql demo clean-demo bench timing audit drill-kill drill-failover drill-restore

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' || \
		{ echo "Degreetrack needs Python 3.12 or newer with its venv module. Call: make PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-logo
	.venv/bin/mypy
	SECRET_KEY=x ALLOWED_HOSTS=x .venv/bin/degreetrack makemigrations --check --dry-run
	@echo "Tests on both databases at once; each tells when it ends."
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-sqlite test-postgresql

test-sqlite: .venv/ready
	.venv/bin/python -m pytest --cov

test-postgresql: .venv/ready
	.venv/bin/python tests/with_postgres.py .venv/bin/python -m pytest

demo: .venv/ready
	@mkdir -p var/demo
	@$(DEMO) collectstatic --noinput -v0
	@$(DEMO) migrate -v0
	@$(DEMO) load-demo
	@exec env $(DEMO) serve-demo --port $(PORT)

clean-demo:
	rm -rf var/demo

# Every bar beside its figure; APPLICATIONS=10000000 takes a long while to fill. Nothing else should run.
bench: .venv/ready
	@$(BENCH) .venv/bin/degreetrack collectstatic --noinput -v0
	$(BENCH) POSTGRES_SOCKET=1 POSTGRES_OPTIONS=" -c shared_buffers=2GB" .venv/bin/python tests/with_postgres.py \
		.venv/bin/python -m bench --applications $(APPLICATIONS)

# The faults: web and worker killed 500 times under load on PostgreSQL, 60 times on SQLite.
drill-kill: .venv/ready
	POSTGRES_OPTIONS=" -c fsync=on" .venv/bin/python tests/with_postgres.py .venv/bin/python -m drills.kill --kills 500
	.venv/bin/python -m drills.kill --kills 60 --files 200

# The cluster of deploy/cluster on this machine, under load, broken four times; as root, see docs/deploy-cluster.md.
drill-failover: .venv/ready
	.venv/bin/python -m drills.failover

# Needs Debian's age, nginx, openssl, curl, postgresql and systemd beside Python.
drill-restore: .venv/ready
	.venv/bin/python -m drills.restore

# Known kinds of attack, tried: on the code, on what docs/api.yaml tells, and on every page of a demo of its own.
audit: .venv/ready
	.venv/bin/bandit --quiet --configfile pyproject.toml --recursive degreetrack
	.venv/bin/python -m audits.api
	.venv/bin/python -m audits.attack

# Whether an answer's time tells that somebody is known.
timing: .venv/ready
	.venv/bin/python -m bench.timing
