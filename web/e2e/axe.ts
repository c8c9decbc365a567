import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Fails with the rules and the elements that break them. */
export async function accessible(page: Page, where: string): Promise<void> {
  // A message that is just fading away has no contrast to judge; the last of them has gone in a few seconds.
  await expect(page.locator('.fui-Toast')).toHaveCount(0, { timeout: 20_000 });
  // Animations would be judged half-way, with half of their contrast.
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))));
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    // The focus sentinels of Fluent's focus library: empty, and meant to be reached by Tab alone.
    .exclude('[data-tabster-dummy]')
    .analyze();
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} — ${n.failureSummary?.split('\n').slice(1, 3).join(' ').trim()}`).join('\n    ')}`);
  expect(found, `accessibility of ${where}`).toEqual([]);
}
