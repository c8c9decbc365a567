import { Button, Tooltip, type ButtonProps } from '@fluentui/react-components';
import { CheckmarkRegular, CopyRegular } from '@fluentui/react-icons';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotify } from './toast';
import { copyText } from './copy';

type Props = { text: string; label: string; size?: ButtonProps['size']; appearance?: ButtonProps['appearance']; withText?: boolean };

/** Copies a text and says so. label names what is copied, for screen readers and the tooltip. */
export function CopyButton({ text, label, size = 'small', appearance = 'subtle', withText = false }: Props) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    if (await copyText(text)) setCopied(true);
    else notify('error', t('copy.failed'), t('copy.failedText'));
  };
  const name = copied ? t('copy.done') : label;
  const icon = copied ? <CheckmarkRegular /> : <CopyRegular />;
  if (withText) {
    return <Button size={size} appearance={appearance} icon={icon} onClick={copy}>{copied ? t('copy.done') : t('copy.action')}</Button>;
  }
  return (
    <Tooltip content={name} relationship="label">
      <Button size={size} appearance={appearance} icon={icon} onClick={copy} aria-label={name} />
    </Tooltip>
  );
}
