// Package app builds every part of BurnCloud once and runs them: store, services, gateway, control
// plane, listeners. Main, the desktop client and end-to-end tests use it; it is the only package that
// sees all others.
//
// It must never hold logic of its own beyond wiring, order of start and stop, and turning the
// configuration's resources into the services' terms.
package app
