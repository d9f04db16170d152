# The targets that .ci/run and people call. `make help` lists them.
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## compile and package, without tests
	mvn -B -DskipTests package

test: ## the README's test command: format, compile, unit and golden tests
	mvn -B verify

format: ## bring the sources into google-java-format
	mvn -q -B spotless:apply

check: ## everything that CI runs
	.ci/run

golden: ## make the reference fixtures again; needs Python with scripts/golden/requirements.txt
	python3 scripts/golden/make_golden.py core/src/test/resources/golden/encoders
	python3 scripts/golden/make_methods.py core/src/test/resources/golden/encoders
	python3 scripts/golden/make_adamw.py core/src/test/resources/golden/adamw
	python3 scripts/golden/make_pickles.py core/src/test/resources/golden/pickles
	python3 scripts/golden/make_tokenizers.py core/src/test/resources/golden/tokenizers

golden-metrics: ## make the scores to compare with; needs scripts/golden/requirements-metrics.txt
	python3 scripts/golden/make_metrics.py core/src/test/resources/golden/metrics

clean: ## remove what was built
	mvn -q -B clean

.PHONY: help build test format check golden golden-metrics clean
