import type en from './en';

// Chinese has no plural forms: only the "other" of a counted text is used.
type Singular<K> = K extends `${string}_one` ? never : K;
type Texts<T> = { [K in keyof T as Singular<K>]: T[K] extends string ? string : Texts<T[K]> };

const zh: Texts<typeof en> = {
  action: {
    add: '添加', cancel: '取消', close: '关闭', delete: '删除', disable: '停用', edit: '编辑', enable: '启用',
    refresh: '刷新', remove: '移除', retry: '重试', save: '保存', signOut: '退出登录', view: '查看',
  },
  attempt: { copyVendorId: '复制供应商请求 ID', dialed: '新建连接', reused: '复用连接', start: '{{time}} 后开始' },
  balance: {
    adjustment: '调整', amount: '金额（美元）', book: '入账', booked: '已为 {{name}} 入账 {{amount}}', current: '当前余额：{{amount}}',
    kind: '入账类型', menu: '充值或调整…', note: '备注', signed: '负数表示扣减。', title: '{{name}} 的余额', topup: '充值',
  },
  bucket: {
    input: '输入', cache_read: '缓存读取', cache_write_5m: '缓存写入（5 分钟）', cache_write_1h: '缓存写入（1 小时）', audio_input: '音频输入',
    image_input: '图像输入', output: '输出', reasoning: '其中推理', audio_output: '音频输出', image_output: '图像输出', total: '合计',
  },
  channel: {
    add: '添加渠道', addTitle: '添加渠道', added: '已添加渠道 {{name}}', baseURL: '接口地址', baseURLHint: '留空则使用 {{url}}', commands: '渠道命令',
    deleteText: '请求会立即停止发往该渠道，其密钥也会被移除。请求日志会保留它的名称。',
    deleteTitle_other: '删除渠道 {{name}}？', deleted_other: '已删除渠道 {{name}}',
    disabled_other: '已停用渠道 {{name}}', enabled_other: '已启用渠道 {{name}}', editTitle: '编辑 {{name}}',
    empty: { title: '还没有渠道', text: '渠道是您在供应商处的一个账户，包含密钥和模型。请求会被路由到各个渠道。' },
    groups: '分组', keys: 'API 密钥', keysHint: '每行一个。加密保存，之后不再显示。', keysReplace: '留空则保留已保存的密钥',
    keysSaved_other: '已保存 {{count}} 个密钥（{{hints}}）。填写新密钥会替换它们。', lastTest: '测试',
    managedText: '该渠道由配置文件声明，请在文件中修改；可以在此测试。',
    models: {
      label: '模型', hint: '从列表选择，或输入、粘贴名称。第二个名称是供应商使用的模型名。', placeholder: '添加模型', remove: '移除 {{name}}',
      same: '同名', upstream: '{{name}} 在供应商处的名称',
    },
    name: '名称', namePlaceholder: 'my-{{provider}}', priority: '优先级', priorityHint: '数值越大越先尝试',
    problem: {
      keys: '该供应商至少需要一个密钥', modelTwice: '有重复的模型', models: '请至少添加一个模型',
      url: '请输入以 http:// 或 https:// 开头的地址', urlRequired: '该供应商需要填写地址',
    },
    provider: '供应商', region: '区域', saved: '已保存渠道 {{name}}', status: '状态', test: '测试', title: '渠道', weight: '权重',
    weightHint: '同一优先级内的份额；0 表示仅在没有其他渠道可用时使用',
  },
  config: {
    all: '显示默认值', defaults: '全部为默认值。', empty: '（空）', name: '设置项', note: '与默认值不同的设置，敏感信息已隐藏。', origin: '来源',
    title: '配置', value: '值',
  },
  copy: { action: '复制', done: '已复制', failed: '复制失败', failedText: '请选中文本后用键盘复制。' },
  endpoint: {
    chat: '对话', completions: '补全', responses: 'Responses', messages: 'Messages', generate: '生成内容', embeddings: '向量', embed: '内容向量',
    moderations: '审核', count_tokens: '统计 Token',
  },
  error: {
    busy: { title: '网关繁忙' },
    forbidden: { title: '没有权限' },
    internal: { title: '网关内部出错' },
    invalid: { title: '操作未成功' },
    network: { title: '网关没有响应', text: '请确认 burncloud 正在运行且本机可以访问，然后重试。' },
    notFound: { title: '未找到' },
    rateLimited: { title: '尝试过于频繁', text: '请稍候再试。', wait_other: '请在 {{count}} 秒后重试。' },
    requestId: '请求 {{id}}',
    unauthenticated: { title: '请重新登录' },
    unreadable: { title: '意外的响应', text: '页面与网关之间的其他服务作出了响应（{{status}} {{message}}）。' },
  },
  fault: {
    invalid_request: '请求无效', unauthenticated: '未知密钥', forbidden: '没有权限', insufficient_funds: '余额不足', not_found: '未找到',
    method_not_allowed: '方法不允许', request_timeout: '客户端过慢', too_large: '请求过大', unsupported_media_type: '不支持的媒体类型',
    header_too_large: '请求头过大', rate_limited: '触发限流', canceled: '客户端取消', overloaded: '过载', draining: '正在关闭', no_channel: '无可用渠道',
    unpriced: '没有定价', internal: '内部错误', upstream_rejected: '供应商拒绝', upstream_credential: '供应商拒绝密钥',
    upstream_rate_limited: '供应商限流', upstream_error: '供应商错误', upstream_connect: '供应商不可达', upstream_timeout: '供应商超时',
    upstream_broken: '响应损坏',
  },
  form: { required: '必填' },
  grid: { actions: '操作', choose: '选择 {{name}}', chooseAll: '全选', more: '{{name}} 的更多操作' },
  key: {
    add: '创建密钥', addTitle: '创建密钥', amount: '限额（美元）', commands: '密钥命令', create: '创建',
    deleteText: '使用它的程序会立即被拒绝。此操作无法撤销。', deleteTitle: '删除密钥 {{name}}？', deleted: '已删除密钥 {{name}}',
    disabled: '已停用密钥 {{name}}', enabled: '已启用密钥 {{name}}', editTitle: '编辑 {{name}}',
    empty: { title: '还没有密钥', text: '程序使用密钥代替各供应商自己的密钥。密钥内容只显示一次。' },
    expired: '已过期', expires: '过期时间',
    expiry: { never: '永不', '7': '7 天后', '30': '30 天后', '90': '90 天后', '365': '一年后', keep: '保持不变（{{time}}）' },
    lastUsed: '上次使用', limit: '消费限额', limitHint: '用户余额始终有效。', limited: '限定金额', logs: '查看请求', models: '模型',
    modelsAll: '全部模型', modelsChosen_other: '{{count}} 个模型', modelsHint: '不选则允许全部。', modelsNone: '没有匹配的模型', name: '名称',
    nameHint: '用途，例如程序名或人名。', namePlaceholder: 'my-app', neverUsed: '从未使用', problem: { limit: '请输入美元金额，例如 10 或 0.50' },
    saved: '已保存密钥 {{name}}',
    secret: { copy: '复制密钥', done: '完成', label: '密钥', once: '请立即复制密钥。它不会被保存，也无法再次显示。', title: '密钥 {{name}} 已就绪' },
    spent: '已消费', spentOf: '{{spent}}，限额 {{limit}}', title: '密钥', unlimited: '不限', user: '用户',
  },
  language: { label: '语言', note: '仅对此浏览器生效' },
  log: {
    anyChannel: '全部渠道', anyEndpoint: '全部接口', anyKey: '全部密钥', anyUser: '全部用户', attempts_other: '{{count}} 次尝试', channel: '渠道',
    clear: '清除筛选', commands: '日志命令', cost: '费用', costUnknown: '该模型没有定价', endpoint: '接口',
    detail: {
      attempts_other: '尝试过程', clientIP: '客户端地址', copyId: '复制请求 ID', duration: '总耗时', estimated: '估算', firstByte: '首字节', id: '请求 ID',
      losses: '转换中丢失的内容', noAttempts: '没有尝试任何渠道。', overhead: '网关开销', request: '请求', requested: '请求的模型', routed: '路由的模型', sizes: '数据量',
      sizesValue: '接收 {{sent}}，返回 {{received}}', timing: '耗时', title: '请求详情', upstream: '上游模型',
    },
    empty: { title: '还没有请求', text: '经过网关的每次调用都会显示在这里，包括 Token、费用、渠道和延迟。' },
    filters: '筛选', first: '首字节 {{time}}', key: '密钥', latency: '延迟', live: '实时', model: '模型', more: '加载更多',
    none: { title: '没有匹配项', text: '该时间段内没有符合筛选条件的请求。' },
    range: {
      label: '时间范围', '15m': '最近 15 分钟', '1h': '最近 1 小时', '24h': '最近 24 小时', '7d': '最近 7 天', '30d': '最近 30 天', all: '全部时间',
    },
    request: '请求 ID', showAll: '显示全部时间', status: { label: '状态', any: '全部状态', ok: '成功', error: '失败', faults: '失败原因' },
    stream: '流式', time: '时间', title: '请求日志', tokens: 'Token', unknown: '未知', user: '用户',
  },
  login: { submit: '登录', title: '登录', wrong: '用户名或密码错误。', throttled_other: '尝试过于频繁，请在 {{count}} 秒后重试。' },
  missing: { home: '返回概览', text: '该地址没有页面。', title: '页面不存在' },
  nav: {
    account: '{{name}} 的账户', channels: '渠道', collapse: '收起导航', expand: '展开导航', keys: '密钥', label: '主导航', logs: '请求日志',
    overview: '概览', settings: '设置', skip: '跳到内容', users: '用户',
  },
  overview: {
    cached: '{{share}} 的输入来自缓存', cost: '费用', errorNote: '{{requests}} 次中 {{errors}} 次', errorRate: '错误率', errors_other: '{{count}} 次失败',
    inFlight: '进行中', unpriced_other: '{{count}} 次调用没有定价', latency: '延迟（中位数）', live: '实时流量', noCalls: '暂无调用', reconnecting: '正在重新连接…', requests: '请求数',
    requestsPerSecond: '请求/秒', tokens: 'Token', tokensNote: '输入 {{input}}，输出 {{output}}', tokensPerSecond: 'Token/秒', topModels: '热门模型', unknownModel: '未知模型',
    window: { label: '时间窗口', hour: '1 小时', day: '24 小时', week: '7 天', month: '30 天' },
  },
  password: {
    change: '修改', changed: '密码已修改', changedText: '其他会话均已退出。', confirm: '再次输入密码', current: '当前密码', differs: '两次输入的密码不一致',
    hint: '至少 {{count}} 个字符；长度比复杂更重要。', meter: '密码强度', new: '新密码', note: '修改后会退出其他所有会话', short: '至少 {{count}} 个字符',
    strength: { '0': '太短', '1': '弱', '2': '一般', '3': '良好', '4': '强' }, submit: '修改密码', title: '密码',
  },
  role: { owner: '所有者', admin: '管理员', member: '成员' },
  search: { channel: '渠道', key: '密钥', none: '没有结果', page: '页面', placeholder: '查找页面、渠道或密钥', request: '请求' },
  session: { password: '密码', username: '用户名' },
  setup: {
    submit: '创建并登录', text: '创建此网关的所有者账户，所有者拥有全部权限。', title: '欢迎使用 BurnCloud', token: '初始化令牌',
    tokenHint: '您正从另一台机器访问：令牌记录在服务器日志中。',
  },
  snippet: { code: '{{language}} 示例', copy: '复制示例', label: '示例语言' },
  started: {
    channel: '添加渠道', channelText: '连接供应商账户并选择模型。', done: '已完成', key: '创建密钥', keyText: '您的程序用它代替供应商的密钥。',
    request: '发出第一个请求', requestLater: '有了密钥之后，请求如下所示。', requestText: '填入密钥内容即可；任何兼容 OpenAI 的程序都能使用此地址。',
    text: '三步得到第一个回答。', title: '快速开始',
  },
  state: { loading: '加载中…' },
  status: { disabled: '已停用', enabled: '已启用', managed: '来自文件' },
  system: {
    connections: '客户端连接', goroutines: 'Goroutine', memory: '内存', memoryValue: '{{memory}}（堆 {{heap}}）', platform: '平台', started: '启动时间',
    title: '系统', uptime: '运行时长', version: '版本',
  },
  test: {
    answer: '模型的回答', credential: '密钥 {{credential}}。', failed: '{{model}} 没有回答', failedShort: '失败', firstByte: '首字节 {{latency}}。', hint: '一次简短的真实调用，供应商会计费少量 Token。',
    model: '模型', ok: '{{model}} 在 {{latency}} 内作答', run: '测试', running: '正在调用…', short: '测试', status: 'HTTP {{status}}。', title: '测试 {{name}}',
  },
  theme: { dark: '深色', label: '主题', light: '浅色', note: '仅对此浏览器生效', system: '跟随系统', toggle: '切换深浅色' },
  token: {
    copy: '复制令牌', create: '创建令牌', noExpiry: '永不过期', note: '供命令行和脚本使用，权限与您相同', once: '请立即复制令牌，它无法再次显示。',
    placeholder: 'laptop', revoke: '吊销 {{name}}', revokeAction: '吊销', revokeText: '使用它的程序会立即被拒绝。', revoked: '令牌已吊销', secret: '令牌',
    title: '访问令牌',
  },
  user: {
    add: '添加用户', addTitle: '添加用户', added: '已添加用户 {{name}}', balance: '余额', balanceTip: '{{balance}}，其中 {{held}} 被进行中的调用占用',
    commands: '用户命令', created: '创建时间', deleteText: '该用户的密钥会立即失效。账本和日志会保留名称。', deleteTitle: '删除用户 {{name}}？',
    deleted: '已删除用户 {{name}}', disabled: '已停用用户 {{name}}', editTitle: '编辑 {{name}}', empty: { title: '没有用户', text: '所有可以使用网关的人都列在这里。' },
    enabled: '已启用用户 {{name}}', group: '分组', newPassword: '新密码', noLimit: '不限', passwordHint: '留空则不修改。',
    problem: { amount: '请输入美元金额，例如 10 或 0.50' }, role: '角色', saved: '已保存用户', startBalance: '首次充值（美元）', title: '用户',
    unlimited: '不限余额', unlimitedHint: '消费仍会记账。', you: '您',
  },
};

export default zh;
