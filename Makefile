# paddock. The cluster needs only Go, make and git; its programs are built once.
ARGS ?=

.PHONY: build test e2e ci cluster cluster-stop cluster-status measure measure-logs screenshots demo

build: ## the paddock binary
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o paddock .

test: ## unit tests
	go test ./...

e2e: ## tests against a real control plane
	cd e2e && go test -count=1 -timeout 20m ./...

ci: ## what must pass before a change lands
	.ci/run

cluster: ## start a cluster: make cluster ARGS="-nodes 1000 -jobs 625 -workers 16"
	cd e2e && go run ./cmd/cluster start $(ARGS)

cluster-stop:
	cd e2e && go run ./cmd/cluster stop

cluster-status:
	cd e2e && go run ./cmd/cluster status

measure: ## what paddock takes on the running cluster; the figures are meant for make cluster ARGS=--large
	cd e2e && KUBECONFIG=$(CURDIR)/e2e/.run/kubeconfig go run ./cmd/measure $(ARGS)

measure-logs: ## what paddock's logs take, beside kubectl's and stern's, on a cluster of make cluster
	cd e2e && KUBECONFIG=$(CURDIR)/e2e/.run/kubeconfig go run ./cmd/measure -logs $(CURDIR)/e2e/.run $(ARGS)

screenshots: ## the pictures of the README, from the embedded cluster
	go test ./screenshots -run TestPicturesAreTrue -update

demo: ## paddock on an embedded cluster
	go run ./demo
