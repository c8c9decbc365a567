import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, makeStyles, Option, Spinner,
} from '@fluentui/react-components';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import type { Channel, ChannelTest } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { TestResult } from './TestResult';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px', minHeight: '150px' } });

interface Props {
  channel: Channel;
  /** Shown at the start, e.g. of a test from the command bar. */
  result?: ChannelTest | undefined;
  onResult: (r: ChannelTest) => void;
  onClose: () => void;
}

/** Makes a real call through a saved channel. */
export function TestDialog({ channel, result, onResult, onClose }: Props) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const [model, setModel] = useState(result?.model || channel.models[0]?.name || '');
  const test = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: channel.id } }, body: { model } })),
    onSuccess: onResult,
  });
  const shown = test.isPending ? undefined : (test.data ?? (test.error ? undefined : result));
  return (
    <Dialog open onOpenChange={(_, d) => !d.open && onClose()}>
      <DialogSurface style={{ maxWidth: 520 }}>
        <DialogBody>
          <DialogTitle>{t('test.title', { name: channel.name })}</DialogTitle>
          <DialogContent className={styles.content}>
            <Field label={t('test.model')} hint={t('test.hint')}>
              <Dropdown value={model} selectedOptions={[model]} onOptionSelect={(_, d) => setModel(d.optionValue ?? '')}>
                {channel.models.map((m) => <Option key={m.name} value={m.name}>{m.name}</Option>)}
              </Dropdown>
            </Field>
            {test.isPending && <Spinner size="small" labelPosition="after" label={t('test.running')} style={{ justifyContent: 'flex-start' }} />}
            {test.error && <ErrorState error={test.error} />}
            {shown && <TestResult result={shown} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{t('action.close')}</Button>
            <Button appearance="primary" disabled={test.isPending || !model} onClick={() => test.mutate()}>{t('test.run')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
