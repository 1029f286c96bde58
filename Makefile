# The two that matter: `make run` and `make test`. Both set up what they need on a machine with Rust, Python 3 and make.

PYTHON    ?= python3
PORT      ?=
LOCAL_DIR ?= .local
STACK     ?= paceline
PARAMS    ?=
CONCURRENCY ?=
ARGS      ?= --help
LOCAL     ?=
SEEDS     ?= 200
ARCH      ?= arm64

venv  := .local/venv/bin/python
# What `sam deploy` takes: a template whose functions lie beside it.
built     := .aws-sam/build
functions := $(or $(FUNCTIONS),$(patsubst functions/%/Cargo.toml,%,$(wildcard functions/*/Cargo.toml)))

stack := $(venv) -m local.stack --dir '$(LOCAL_DIR)' --stack '$(STACK)' $(if $(PORT),--port $(PORT))

.DEFAULT_GOAL := help
.PHONY: help run stop logs status operator secret test lint fmt document sim bench bench-lists alarms aws-check build-lambda package clean prepare prepare-lint

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo
	@echo 'Variables: PORT=4566  LOCAL_DIR=.local  STACK=paceline  PARAMS="SendPerMinute=600 MinGapMs=1000"'
	@echo 'CONCURRENCY=10 lets all functions together have 10 executions at a time, as a new AWS account does'
	@echo 'A second stack beside the first: make run PORT=4600 LOCAL_DIR=.local/second'

run: prepare ## build, start the local stack, deploy, send a message and follow it to `delivered`
	@$(stack) --params '$(PARAMS)' $(if $(CONCURRENCY),--concurrency $(CONCURRENCY)) up

stop: prepare ## end the local stack; its state is kept
	@$(stack) down

logs: prepare ## follow the log of the local stack and its functions
	@$(stack) logs

status: prepare ## whether the local stack runs, and where
	@$(stack) status

operator: prepare ## accounts, keys, sessions, tokens, recount, reseal: make operator ARGS='create-account --name Acme'
	@$(venv) -m ops.operator_cli --local '$(LOCAL_DIR)' $(ARGS)

secret: prepare ## exchange the stack's secret, set the login client's: make secret ARGS=stage
	@$(venv) -m ops.secret_cli --local '$(LOCAL_DIR)' $(ARGS)

test: prepare prepare-lint prepare-issuer ## everything CI runs, against a stack of its own
	@$(venv) -m local.check

lint: prepare prepare-lint ## the part of `make test` that needs no stack: format, lints, dependencies, docs, template
	@$(venv) -m local.check lint

fmt: ## format the Rust code
	@cargo fmt --all

document: ## make the contract document from the endpoints: functions/openapi/openapi.json
	@cargo run --profile quick -p document

sim: ## simulate: make sim SEEDS=1000
	@cargo run --profile sim -p simulation -- --seeds $(SEEDS)

bench: prepare ## measure sizes, starts, round trips, latency; needs a running stack
	@$(venv) -m bench.functions '$(LOCAL_DIR)' $(FUNCTIONS)

bench-lists: prepare ## measure what lists cost in an account with a million messages; needs a running stack
	@$(venv) -m bench.lists '$(LOCAL_DIR)'

alarms: prepare ## see each alarm fire and end (4 minutes); needs a stack of make run PARAMS="GapFloorMs=100"
	@$(venv) -m local.stack_tests.alarms '$(LOCAL_DIR)/stack.json'

aws-check: prepare ## try on AWS what the local stack cannot tell, and remove it again; LOCAL=.local tries the same steps there
	@$(venv) -m ops.aws_check $(if $(LOCAL),--local '$(LOCAL)') $(if $(filter file,$(origin ARGS)),,$(ARGS))

build-lambda: ## build all functions for AWS in one go, for `sam deploy`; needs cargo-lambda 1.9.2. ARCH=x86_64
	@rm -rf '$(built)' && mkdir -p '$(built)'
	@cargo lambda build --locked --profile release --$(subst _,-,$(ARCH)) --lambda-dir '$(built)' $(addprefix --bin ,$(functions))
	@sed -E 's#CodeUri: functions/([a-z0-9-]+)/#CodeUri: \1/#' template.yaml > '$(built)/template.yaml'

package: prepare ## build the release binaries, zip them, show their sizes
	@$(stack) package

clean: prepare ## end the local stack and forget its state
	@$(stack) wipe

prepare:
	@$(PYTHON) -m local.prepare run

prepare-issuer:
	@$(PYTHON) -m local.prepare issuer

prepare-lint:
	@$(PYTHON) -m local.prepare lint
