import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Says which binaries the tests run: those of BURNCLOUD_BIN and FAKEVENDOR_BIN, else both are built
 * from this tree, with the console as it is in dist/.
 */
export default function build() {
  const web = path.resolve(import.meta.dirname, '..');
  const out = path.join(web, 'e2e', 'out', 'bin');
  mkdirSync(out, { recursive: true });
  for (const [name, pkg] of [['BURNCLOUD_BIN', './cmd/burncloud'], ['FAKEVENDOR_BIN', './internal/testkit/cmd/fakevendor']] as const) {
    if (process.env[name]) continue;
    const file = path.join(out, path.basename(pkg));
    execFileSync('go', ['build', '-o', file, pkg], { cwd: path.dirname(web), stdio: 'inherit' });
    process.env[name] = file;
  }
}
