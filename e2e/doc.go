// Package e2e holds the tests against a real cluster: see package cluster for
// what runs, package workload for what is in it, and package sim for how its
// hardware is simulated.
package e2e
