import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en';

/** The languages of the console. */
export const languages = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
] as const;

export type Language = (typeof languages)[number]['code'];

const storageKey = 'burncloud.language';

/** The language to start with: the stored choice, else the first of the browser's that there is. */
export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh-CN') return stored;
  for (const w of wanted) {
    if (/^zh\b/i.test(w)) return 'zh-CN';
    if (/^en\b/i.test(w)) return 'en';
  }
  return 'en';
}

/** Starts i18next; resolves when the texts of the first language are there. */
export async function startLanguage(): Promise<void> {
  const language = pickLanguage(localStorage.getItem(storageKey), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    supportedLngs: languages.map((l) => l.code),
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await load(language);
}

/** Changes the language and remembers it. */
export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  localStorage.setItem(storageKey, language);
}

async function load(language: Language): Promise<void> {
  if (language === 'zh-CN' && !i18next.hasResourceBundle('zh-CN', 'translation')) {
    const { default: zh } = await import('./zh-CN');
    i18next.addResourceBundle('zh-CN', 'translation', zh);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
