import { expect, test } from 'vitest';
import { passwordProblem } from './PasswordFields';
import { strength } from './password';

test.each([
  ['', 0], ['short', 0], ['aaaaaaaaaaaaaaaa', 1], ['password', 1], ['Passw0rd!', 2], ['correct horse', 2], ['correct horse battery', 3],
  ['Correct horse battery 9', 4], ['密码密码', 0],
])('strength(%j) is %s', (password, score) => expect(strength(password)).toBe(score));

test('the first thing wrong is told', () => {
  expect(passwordProblem('short', 'x')).toEqual({ field: 'password', text: 'password.short' });
  expect(passwordProblem('long enough', 'other')).toEqual({ field: 'confirm', text: 'password.differs' });
  expect(passwordProblem('long enough', 'long enough')).toBeUndefined();
});
