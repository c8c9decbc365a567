import type { Channel, ChannelFields, Provider } from '../../api/queries';

/** One row of the models editor. */
export interface ModelRow {
  name: string;
  upstream: string;
}

/** What the channel dialog edits. Keys are one per line; empty on a saved channel keeps those it has. */
export interface Form {
  name: string;
  provider: string;
  baseURL: string;
  keys: string;
  models: ModelRow[];
  groups: string[];
  priority: number;
  weight: number;
  region: string;
}

/** The fields of the dialog that can be wrong. */
export type FormField = 'name' | 'provider' | 'baseURL' | 'keys' | 'models' | 'groups' | 'region' | 'priority' | 'weight';

/** What is wrong with a form, as keys of the texts. */
export type Problems = Partial<Record<FormField, ProblemText>>;
export type ProblemText =
  | 'form.required' | 'channel.problem.url' | 'channel.problem.urlRequired' | 'channel.problem.keys'
  | 'channel.problem.models' | 'channel.problem.modelTwice';

/** An empty form for a new channel of a provider. */
export function emptyForm(provider: string): Form {
  return { name: '', provider, baseURL: '', keys: '', models: [], groups: ['default'], priority: 0, weight: 1, region: '' };
}

/** The form of a saved channel. */
export function formOf(c: Channel): Form {
  return {
    name: c.name, provider: c.provider, baseURL: c.base_url, keys: '',
    models: c.models.map((m) => ({ name: m.name, upstream: m.upstream ?? '' })),
    groups: c.groups, priority: c.priority, weight: c.weight, region: c.region,
  };
}

/** The credentials in a text: one a line, blanks and repetitions dropped. */
export function splitKeys(text: string): string[] {
  return [...new Set(text.split(/[\r\n]+/).map((s) => s.trim()).filter(Boolean))];
}

/** The model names in a text: separated by commas, semicolons or white space. "a=b" or "a -> b" maps a to b. */
export function splitModels(text: string): ModelRow[] {
  return text
    .replace(/\s*(?:->|→|=>?)\s*/g, '=')
    .split(/[\s,;，；、]+/)
    .filter(Boolean)
    .map((s) => {
      const [name = '', upstream = ''] = s.split('=', 2);
      return { name, upstream: upstream === name ? '' : upstream };
    })
    .filter((m) => m.name !== '');
}

/** Adds rows whose names are not there yet. */
export function addModels(rows: ModelRow[], more: ModelRow[]): ModelRow[] {
  const names = new Set(rows.map((r) => r.name));
  return [...rows, ...more.filter((m) => !names.has(m.name) && names.add(m.name))];
}

function isURL(s: string): boolean {
  try {
    return /^https?:$/.test(new URL(s).protocol);
  } catch {
    return false;
  }
}

/** What would be refused, told before asking the server. saved says the channel has keys already. */
export function check(f: Form, provider: Provider | undefined, saved: boolean): Problems {
  const p: Problems = {};
  if (!f.name.trim()) p.name = 'form.required';
  if (!f.provider) p.provider = 'form.required';
  const url = f.baseURL.trim();
  if (url ? !isURL(url) : false) p.baseURL = 'channel.problem.url';
  else if (!url && provider && !provider.base_url) p.baseURL = 'channel.problem.urlRequired';
  if (!saved && provider?.key_required && splitKeys(f.keys).length === 0) p.keys = 'channel.problem.keys';
  const names = f.models.map((m) => m.name.trim());
  if (names.length === 0 || names.some((n) => !n)) p.models = 'channel.problem.models';
  else if (new Set(names).size < names.length) p.models = 'channel.problem.modelTwice';
  return p;
}

/** The body for the API. */
export function fieldsOf(f: Form): ChannelFields {
  const keys = splitKeys(f.keys);
  return {
    name: f.name.trim(),
    provider: f.provider,
    base_url: f.baseURL.trim(),
    ...(keys.length > 0 ? { keys } : {}),
    models: f.models.map((m) => {
      const [name, upstream] = [m.name.trim(), m.upstream.trim()];
      return upstream && upstream !== name ? { name, upstream } : { name };
    }),
    groups: f.groups,
    priority: f.priority,
    weight: f.weight,
    region: f.region.trim(),
  };
}

const fieldNames: Record<string, FormField> = {
  name: 'name', provider: 'provider', base_url: 'baseURL', keys: 'keys', models: 'models',
  groups: 'groups', priority: 'priority', weight: 'weight', region: 'region',
};

/** Which field of the dialog a field path of the server means: "channel.models[2].name" is models. */
export function fieldOf(path: string): FormField | undefined {
  return fieldNames[path.replace(/^channel\./, '').split(/[.[]/, 1)[0]!];
}
