import { Dropdown, Option } from '@fluentui/react-components';
import { DarkThemeRegular, LocalLanguageRegular } from '@fluentui/react-icons';
import { useTranslation } from 'react-i18next';
import { languages, setLanguage, type Language } from '../../i18n/language';
import { useMode, type Mode } from '../../theme/mode';
import { SettingRow } from './SettingRow';

/** Theme and language, kept in this browser. */
export function Appearance() {
  const { t, i18n } = useTranslation();
  const { mode, setMode } = useMode();
  const language = i18n.resolvedLanguage ?? 'en';
  return (
    <>
      <SettingRow icon={<DarkThemeRegular />} name={t('theme.label')} note={t('theme.note')}>
        <Dropdown aria-label={t('theme.label')} style={{ minWidth: 180 }} value={t(`theme.${mode}`)} selectedOptions={[mode]} onOptionSelect={(_, d) => setMode(d.optionValue as Mode)}>
          {(['light', 'dark', 'system'] as const).map((m) => <Option key={m} value={m}>{t(`theme.${m}`)}</Option>)}
        </Dropdown>
      </SettingRow>
      <SettingRow icon={<LocalLanguageRegular />} name={t('language.label')} note={t('language.note')}>
        <Dropdown
          aria-label={t('language.label')}
          style={{ minWidth: 180 }}
          value={languages.find((l) => l.code === language)?.name ?? language}
          selectedOptions={[language]}
          onOptionSelect={(_, d) => void setLanguage(d.optionValue as Language)}
        >
          {languages.map((l) => <Option key={l.code} value={l.code}>{l.name}</Option>)}
        </Dropdown>
      </SettingRow>
    </>
  );
}
