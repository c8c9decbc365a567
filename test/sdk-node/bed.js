// A running BurnCloud and the fake vendor behind it, for the tests of the official SDKs. The programs are
// those that BURNCLOUD_BIN and FAKEVENDOR_BIN name, or are built from the tree.
import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const richKey = 'sk-rich-0123456789abcdef0'
export const poorKey = 'sk-poor-0123456789abcdef0'

const resources = (vendor) => `
channels:
  - {name: openai, provider: openai, base_url: "${vendor}", keys: [sk-vendor-0123456789], models: [gpt-5-mini, text-embedding-3-small, omni-moderation-latest, fake-429, fake-500, fake-hang, fake-stream-error, fake-stream-500-10ms]}
  - {name: broken, provider: openai, base_url: "${vendor}", keys: [sk-not-the-vendors-key], models: [gpt-5-nano]}
  - {name: anthropic, provider: anthropic, base_url: "${vendor}", keys: [sk-vendor-0123456789], models: [claude-sonnet-4-5, fake-429, fake-stream-error, fake-stream-500-10ms]}
  - {name: gemini, provider: gemini, base_url: "${vendor}", keys: [sk-vendor-0123456789], models: [gemini-2.5-flash, gemini-embedding-001, fake-429, fake-stream-error]}
users:
  - {username: rich, balance: unlimited}
  - {username: poor, balance: "0"}
keys:
  - {name: rich, user: rich, secret: ${richKey}}
  - {name: poor, user: poor, secret: ${poorKey}}
`

function program(dir, env, pkg) {
  if (process.env[env]) return process.env[env]
  const bin = join(dir, pkg.split('/').pop())
  execFileSync('go', ['build', '-o', bin, pkg], { cwd: join(import.meta.dirname, '..', '..'), stdio: 'inherit' })
  return bin
}

function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer().on('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
}

/** start runs both programs; stop ends them and removes their data. */
export async function start() {
  const dir = mkdtempSync(join(tmpdir(), 'burncloud-sdk-'))
  const vendor = spawn(program(dir, 'FAKEVENDOR_BIN', './internal/testkit/cmd/fakevendor'), ['-key', 'sk-vendor-0123456789'])
  const [vendorURL] = await new Promise((resolve) => createInterface(vendor.stdout).once('line', (line) => resolve([line.trim()])))
  writeFileSync(join(dir, 'burncloud.yaml'), resources(vendorURL))
  const url = `http://127.0.0.1:${await freePort()}`
  const gateway = spawn(program(dir, 'BURNCLOUD_BIN', './cmd/burncloud'), ['--listen', url.slice(7), '--data-dir', join(dir, 'data')], { cwd: dir })
  let log = ''
  gateway.stdout.on('data', (b) => (log += b))
  gateway.stderr.on('data', (b) => (log += b))
  const deadline = Date.now() + 20_000
  for (;;) {
    const ok = await fetch(`${url}/readyz`).then((r) => r.ok, () => false)
    if (ok) break
    if (Date.now() > deadline || gateway.exitCode !== null) throw new Error(`burncloud did not start:\n${log}`)
  }
  return {
    url,
    vendor: vendorURL,
    stop() {
      gateway.kill('SIGKILL')
      vendor.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
