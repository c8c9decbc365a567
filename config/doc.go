// Package config reads how a process is set up: flags over environment over file over defaults. The
// file may also declare resources (groups, channels, users, keys, prices).
//
// Everything is checked before anything is returned, and all problems are reported at once with file,
// line, column and a suggestion. The package applies nothing: it opens no database, creates no
// directory, and knows services only by the words of the root package. It must never log or print a
// secret; Values masks them.
package config
