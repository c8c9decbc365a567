import { useTranslation } from 'react-i18next';
import { asFailure, type Failure } from '../api/error';

/** A failure in words: what happened and what to do. */
export interface Explanation {
  title: string;
  text: string;
}

type Translate = ReturnType<typeof useTranslation>['t'];

/** explain says what a failure means. The server's own sentence is shown where it names a cause. */
export function explain(t: Translate, failure: Failure): Explanation {
  switch (failure.code) {
    case 'network':
      return { title: t('error.network.title'), text: t('error.network.text') };
    case 'unreadable':
      return { title: t('error.unreadable.title'), text: t('error.unreadable.text', { status: failure.status, message: failure.message }) };
    case 'unauthenticated':
      return { title: t('error.unauthenticated.title'), text: failure.message };
    case 'forbidden':
      return { title: t('error.forbidden.title'), text: failure.message };
    case 'not_found':
      return { title: t('error.notFound.title'), text: failure.message };
    case 'rate_limited':
      return {
        title: t('error.rateLimited.title'),
        text: failure.retryAfter
          ? t('error.rateLimited.wait', { count: failure.retryAfter })
          : t('error.rateLimited.text'),
      };
    case 'draining':
    case 'overloaded':
      return { title: t('error.busy.title'), text: failure.message };
    case 'internal':
      return { title: t('error.internal.title'), text: failure.message };
  }
  return { title: t('error.invalid.title'), text: failure.message };
}

/** explain, bound to the language in force. */
export function useExplain() {
  const { t } = useTranslation();
  return (error: unknown) => explain(t, asFailure(error));
}
