import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from '@fluentui/react-components';

// The ramp is built round the two accents of Windows 11: #005FB8 on light, #60CDFF on dark.
const brand: BrandVariants = {
  10: '#00111F', 20: '#001D33', 30: '#002B4D', 40: '#003866', 50: '#00447F', 60: '#004E92',
  70: '#0058AB', 80: '#005FB8', 90: '#1470C4', 100: '#2E84D2', 110: '#4197DF', 120: '#4CB0F0',
  130: '#60CDFF', 140: '#8ADAFF', 150: '#B3E7FF', 160: '#DBF4FF',
};

const fonts = {
  fontFamilyBase:
    "'Segoe UI Variable Text','Segoe UI Variable','Segoe UI','Microsoft YaHei UI','PingFang SC',Inter,'Open Sans','Noto Sans CJK SC',system-ui,sans-serif",
  fontFamilyMonospace: "'Cascadia Mono','Cascadia Code',Consolas,'SF Mono',Menlo,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace",
  fontFamilyNumeric: "'Segoe UI Variable Display','Segoe UI Variable','Segoe UI',Inter,'Open Sans','Noto Sans CJK SC',system-ui,sans-serif",
};

export const light: Theme = { ...createLightTheme(brand), ...fonts, borderRadiusXLarge: '8px' };

// The bright accent of the dark theme needs black text on it.
export const dark: Theme = {
  ...createDarkTheme(brand),
  ...fonts,
  borderRadiusXLarge: '8px',
  colorBrandBackground: '#60CDFF',
  colorBrandBackgroundHover: '#55BCEB',
  colorBrandBackgroundPressed: '#4AA9D4',
  colorBrandBackgroundSelected: '#60CDFF',
  colorNeutralForegroundOnBrand: '#000000',
  colorBrandForeground1: '#60CDFF',
  colorBrandForeground2: '#8ADAFF',
  colorBrandForegroundLink: '#60CDFF',
  colorBrandForegroundLinkHover: '#8ADAFF',
  colorBrandForegroundLinkPressed: '#55BCEB',
  colorBrandForegroundLinkSelected: '#60CDFF',
  colorBrandStroke1: '#60CDFF',
  colorCompoundBrandForeground1: '#60CDFF',
  colorCompoundBrandForeground1Hover: '#8ADAFF',
  colorCompoundBrandForeground1Pressed: '#55BCEB',
  colorCompoundBrandBackground: '#60CDFF',
  colorCompoundBrandBackgroundHover: '#55BCEB',
  colorCompoundBrandBackgroundPressed: '#4AA9D4',
  colorCompoundBrandStroke: '#60CDFF',
  colorCompoundBrandStrokeHover: '#55BCEB',
  colorCompoundBrandStrokePressed: '#4AA9D4',
};
