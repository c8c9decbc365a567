// Package web is the console: a single-page application (React, Fluent) that is built by Vite into
// dist/ and embedded. Handler serves it. The package knows nothing of the API behind it, and must
// never answer a path that belongs to the API or the data plane with a page.
package web
