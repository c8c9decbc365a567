// Package account knows who may call and who may administer: users, groups, keys, logins, sessions and
// access tokens, and the first-run setup.
//
// Secrets are made here, shown once and kept as SHA-256; passwords are kept as argon2id. Authenticate
// reads memory alone and allocates nothing. The package must never write to the store on a caller's
// path, never log or return a secret after its creation, and never touch money: what a user has and a
// key has spent belong to the ledger, so Balance and Spent are left zero here.
package account
