// Package control is the control plane: the typed REST API under /api/v1, its OpenAPI document, the
// probes, and the console's files. There is one file per resource: inputs and outputs, the routes, and
// handlers that parse (by tags), call one service and answer.
//
// It must never reach the store or the gateway, hold business rules (those are the services'), return
// a secret that is not being shown for the first time, or answer an error in any other way than the
// problem document of problem.go.
package control
