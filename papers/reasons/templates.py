"""The wording of each code of a reason in English and Chinese.

A part stands in braces; after a colon, how it is printed (`papers.reasons.printing`): `reason` and `reasons` are parts
that are reasons themselves. What comes from outside, such as a server's words, is a part and is printed as it is.
"""

from __future__ import annotations

from typing import NamedTuple


class Wording(NamedTuple):
    """A template in each language."""

    en: str
    zh: str


_GENERAL = {
    "text": Wording("{text}", "{text}"),  # an author's or a server's words alone, or a row of an earlier schema
    "unknown": Wording("no reason on record", "没有记录原因"),
}

_REQUESTS = {
    "http": Wording("HTTP {status}", "HTTP {status}"),
    "http-page": Wording("HTTP {status}: {page:reason}", "HTTP {status}：{page:reason}"),
    "after-tries": Wording("{reason:reason}, {tries} tries", "{reason:reason}，共试 {tries} 次"),
    "no-answer-in-time": Wording("no answer in time ({error})", "未及时应答（{error}）"),
    "connection-failed": Wording("{error}", "连接失败（{error}）"),
    "body-ends-early": Wording("the body ends too early", "内容不完整，提前结束"),
    "damaged-encoding": Wording(
        "the body is not what its Content-Encoding says: {error}", "内容与其 Content-Encoding 不符：{error}"
    ),
    "unknown-encoding": Wording("the content encoding '{encoding}' is not supported", "不支持内容编码 '{encoding}'"),
    "too-large": Wording("larger than {megabytes} MB", "超过 {megabytes} MB"),
    "bad-address": Wording("no usable address: {error}", "地址无效：{error}"),
    "many-redirects": Wording("more than {limit} redirects", "重定向超过 {limit} 次"),
    "bad-redirect": Wording("redirects to no usable address: {error}", "重定向到无效地址：{error}"),
    "foreign-redirect": Wording("redirects to {host}, which is not followed", "重定向到 {host}，未跟随"),
    "private-redirect": Wording(
        "redirects to {host}, a private address, which is not followed", "重定向到内网地址 {host}，未跟随"
    ),
    "no-response": Wording("no response kept", "没有保存的响应"),
    "arxiv-forbidden": Wording(
        "arXiv answered 403 (forbidden): it takes this address for a robot",
        "arXiv 返回 403（禁止访问），把这个地址当作了机器人，本次不再请求",
    ),
    "arxiv-unreachable": Wording(
        "arXiv could not be reached {times} times in a row (last: {last:reason})",
        "连续 {times} 次连不上 arXiv（最后一次：{last:reason}）",
    ),
}

_LISTS = {
    "no-object": Wording("an object was expected, not {kind}", "应为对象，却是 {kind}"),
    "no-arxiv-id": Wording("no arXiv id", "没有 arXiv 编号"),
    "bad-arxiv-id": Wording("'{id}' is no arXiv id", "'{id}' 不是 arXiv 编号"),
    "no-id": Wording("no id", "没有编号"),
    "bad-address-of-paper": Wording("'{address}' is no address of a paper", "'{address}' 不是论文地址"),
    "no-title": Wording("no title", "没有标题"),
    "no-submission-time": Wording("no time of submission, by which its day is known", "没有提交时间，无法确定日期"),
}

_REPEATS = {
    "reported": Wording("reported on {date} ({match:reason})", "{date} 已报道（{match:reason}）"),
    "left-list": Wording("an earlier capture of the list had it", "较早一次抓取的列表中有这篇"),
    "on-list": Wording("already on this list as {id} ({match:reason})", "与列表中的 {id} 是同一篇（{match:reason}）"),
    "same-id": Wording("same arXiv id", "arXiv 编号相同"),
    "same-title": Wording("same title", "标题相同"),
    "similar-title": Wording("nearly the same title, the same abstract", "标题相近，摘要相同"),
    "changed": Wording("{changes:reasons}", "{changes:reasons}"),
    "title-changed": Wording('title: "{before}" → "{after}"', '标题："{before}" → "{after}"'),
    "abstract-longer": Wording('abstract: added "{added}"', '摘要：增加 "{added}"'),
    "abstract-shorter": Wording('abstract: dropped "{dropped}"', '摘要：删去 "{dropped}"'),
    "abstract-changed": Wording(
        'abstract: added "{added}", dropped "{dropped}"', '摘要：增加 "{added}"，删去 "{dropped}"'
    ),
    "abstract-reworded": Wording("abstract: wording changed", "摘要：措辞有变"),
}

_READING = {
    "try": Wording("{source}: {reason:reason}", "{source}: {reason:reason}"),
    "fallback": Wording("{tries:reasons}", "{tries:reasons}"),
    "listed-abstract-alone": Wording("the listing's abstract alone: {tries:reasons}", "只有列表摘要：{tries:reasons}"),
    "nothing-to-read": Wording(
        "nothing to read: {tries:reasons}; the listing has no abstract", "没有可读的内容：{tries:reasons}；列表没有摘要"
    ),
    "listed-abstract": Wording("the listing's own abstract", "列表自带的摘要"),
    "no-listed-abstract": Wording("the listing has no abstract", "列表没有摘要"),
    "no-reading": Wording("no reading", "没有阅读记录"),
    "last-version-withdrawn": Wording("its last version is withdrawn", "最新版本已撤稿"),
    # the process that reads
    "reading-broke-off": Wording("the reading broke off: {error}", "阅读中断：{error}"),
    "reader-failed": Wording("the reader failed: {error}", "读取程序出错：{error}"),
    "reader-crashed": Wording("the reader crashed or ran out of memory ({end})", "读取进程崩溃或内存不足（{end}）"),
    "reader-memory": Wording(
        "the reader needs more than {megabytes} MB for it", "读取它需要超过 {megabytes} MB 的内存"
    ),
    "reader-time": Wording("not read within {seconds} seconds", "{seconds} 秒内未能读完"),
    "long-text": Wording("its text takes more than {megabytes} MB", "文本超过 {megabytes} MB"),
    # the document
    "other-paper": Wording(
        "another paper: its beginning has {share} of the listed abstract's word pairs, and {title:title}",
        "是另一篇论文：开头只有列表摘要 {share} 的词对，{title:title}",
    ),
    "other-title": Wording("another paper: {title:title}", "是另一篇论文：{title:title}"),
    "cut-off": Wording("cut off: the page ends before its end", "页面不完整：未到结尾就中断"),
    "no-body": Wording(
        "no body: {characters} characters besides the abstract", "没有正文：摘要以外只有 {characters} 个字符"
    ),
    "one-section": Wording(
        "incomplete: 1 section of {characters} characters", "不完整：只有 1 节、{characters} 个字符"
    ),
    "no-sections": Wording("incomplete: no sections", "不完整：没有章节"),
    "conversion-errors": Wording("{errors} conversion errors in {words} words", "{words} 个词中有 {errors} 处转换错误"),
    "empty-body": Wording("the body is empty", "内容为空"),
    "pdf-not-html": Wording("the body is a PDF, not HTML", "内容是 PDF，不是 HTML"),
    "pdf-not-abs": Wording("the body is a PDF, not an abs page", "内容是 PDF，不是摘要页"),
    "no-text": Wording("the body is no text", "内容不是文本"),
    "bad-html": Wording("HTML that cannot be parsed: {error}", "无法解析的 HTML：{error}"),
    "no-abs-page": Wording("not an abs page: no title and abstract on it", "不是摘要页：没有标题和摘要"),
    "no-latex-page": Wording("not a page converted from LaTeX: no ltx_ class on it", "不是由 LaTeX 转换的页面"),
    "page-without-body": Wording("a page without a body", "没有内容的页面"),
    "page-without-text": Wording("a page without text", "没有文字的页面"),
    "slow-page": Wording("a page that takes too long to read", "读取过久的页面"),
    "no-pdf": Wording("not a PDF", "不是 PDF"),
    "damaged-pdf": Wording("a damaged PDF: {error}", "损坏的 PDF：{error}"),
    "encrypted-pdf": Wording("an encrypted PDF", "加密的 PDF"),
    "scanned-pdf": Wording("a PDF without a text layer (scanned, or a stub)", "没有文本层的 PDF（扫描件或空壳）"),
    "long-pdf": Wording("a PDF of {pages} pages; at most {limit} are read", "{pages} 页的 PDF，最多读 {limit} 页"),
    "slow-pdf": Wording("a PDF that takes too long to read (page {page})", "读取过久的 PDF（第 {page} 页）"),
    # a page in place of the document
    "no-html": Wording("arXiv has no HTML of it", "arXiv 没有它的 HTML"),
    "robot-check": Wording("a check for robots, not the paper", "是机器人验证页，不是论文"),
    "waiting-page": Wording("a proxy's waiting page", "代理服务器的等待页"),
    "broken-conversion": Wording("a conversion that broke off", "中断的转换"),
    "forbidden-page": Wording("a 403 page", "403 页面"),
    "rate-limit-page": Wording("a rate-limit page", "限流页面"),
    "not-found-page": Wording("a not-found page", "“未找到”页面"),
    "server-error-page": Wording("a server-error page", "服务器错误页面"),
    "later-page": Wording("a page that says to come back later", "提示稍后再试的页面"),
}

_ANALYSIS = {
    "no-analysis": Wording("no analysis", "没有分析记录"),
    "unread": Wording("not read: {reason:reason}", "未能读到正文：{reason:reason}"),
    "no-model-analysis": Wording("the model gave no analysis", "模型没有给出分析"),
    "token-budget": Wording("the run's budget of {tokens} tokens was reached", "已用完本次 {tokens} 个 token 的预算"),
    "dollar-budget": Wording("the run's budget of ${dollars} was reached", "已用完本次 ${dollars} 的预算"),
    # calls
    "no-try": Wording("no try was made", "没有尝试"),
    "no-answer": Wording("no answer in time", "没有及时应答"),
    "no-answer-within": Wording("no answer within {seconds} s", "{seconds} 秒内没有应答"),
    "calls-in-a-row": Wording(
        "{reason:reason}, {calls} calls in a row", "{reason:reason}，连续 {calls} 次调用都是如此"
    ),
    "waited": Wording("{reason:reason}, waited {seconds} s", "{reason:reason}，等待了 {seconds} 秒"),
    "long-wait": Wording(
        "{reason:reason}, and the server asks to wait {seconds} s", "{reason:reason}，服务器要求等待 {seconds} 秒"
    ),
    "connection-refused": Wording("connection refused", "连接被拒绝"),
    "connection-broken": Wording("connection broken ({error})", "连接中断（{error}）"),
    "rate-limited": Wording("rate limited ({server})", "被限流（{server}）"),
    "quota-used-up": Wording("the account's quota is used up ({server})", "账户额度已用完（{server}）"),
    "server-error": Wording("server error ({server})", "服务器错误（{server}）"),
    "key-refused": Wording("the key is refused ({server})", "密钥被拒绝（{server}）"),
    "request-refused": Wording("the server refused the request ({server})", "服务器拒绝了请求（{server}）"),
    "form-refused": Wording("the server refused every form of the request", "服务器拒绝了各种形式的请求"),
    "model-missing": Wording(
        "the model is not there ({server}), check DAILY_PAPERS_MODEL and DAILY_PAPERS_MODEL_URL (often /v1)",
        "找不到模型（{server}），请检查 DAILY_PAPERS_MODEL 和 DAILY_PAPERS_MODEL_URL（常以 /v1 结尾）",
    ),
    "prompt-too-long": Wording("the server finds the prompt too long ({server})", "服务器认为论文过长（{server}）"),
    "context-too-small": Wording(
        "the model's context of {tokens} tokens has no room for the paper",
        "模型的上下文只有 {tokens} 个 token，放不下论文",
    ),
    "no-room": Wording("the model's context has no room for the paper", "模型的上下文放不下论文"),
    "context-setting": Wording(
        "the server finds even {tokens} tokens too long: lower DAILY_PAPERS_MODEL_CONTEXT",
        "服务器认为 {tokens} 个 token 仍然过长：请调低 DAILY_PAPERS_MODEL_CONTEXT",
    ),
    # answers
    "no-real-answer": Wording("no usable answer ({error})", "应答无法使用（{error}）"),
    "answer-withheld": Wording("the provider's filter withheld the answer", "回答被服务方过滤"),
    "prompt-withheld": Wording("the provider's filter withheld the answer ({server})", "回答被服务方过滤（{server}）"),
    "answer-too-long": Wording("the answer was longer than the model may write", "回答超出模型的长度上限"),
    "answer-empty": Wording("the answer was empty", "回答为空"),
    "answer-off-schema": Wording("no answer fitted the schema ({beginning})", "回答不合格式（{beginning}）"),
    "no-contribution": Wording("the model named no contribution", "模型没有写出核心贡献"),
    "bad-contribution": Wording(
        "the model's contribution was {fault:reason}", "模型写的核心贡献不可用：{fault:reason}"
    ),
    "contribution-numbers": Wording(
        "the numbers of the model's contribution are not in the paper", "模型写的核心贡献里的数字不在原文中"
    ),
    "few-numbers": Wording(
        "too few of the model's numbers are in the paper ({grounded} of {total})",
        "模型写的 {total} 个数字中只有 {grounded} 个见于原文",
    ),
    "not-in-chinese": Wording("the model did not answer in Chinese", "模型没有用中文回答"),
    "not-in-english": Wording("the model did not answer in English", "模型没有用英文回答"),
    "few-translations": Wording(
        "only {translated} of {total} texts could be translated", "{total} 段文字中只译成了 {translated} 段"
    ),
    # why a text is no part of an analysis; the words complete "the statement was ..."
    "echo": Wording("an echo of the prompt", "照抄了提示词"),
    "loop": Wording("a loop", "陷入重复"),
    "refusal": Wording("a refusal of the model", "模型拒绝回答"),
    "json-piece": Wording("a piece of JSON", "残缺的 JSON"),
    "placeholder": Wording("a placeholder", "占位文字"),
    "same-text": Wording("the same text as the others", "与其他字段雷同"),
    "other-form": Wording("in another form than asked for", "不符合要求的形式"),
    "unknown-link": Wording("a link that neither the paper nor its listing has", "原文和列表中都没有的链接"),
}

CURATED = {
    "pick": Wording(
        "score {score}, {place:place} of {candidates}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}",
    ),
    "below-cut": Wording(
        "score {score}, {place:place} of {candidates}; the {cut_pick:place} pick has {cut}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；入选的第 {cut_pick} 篇得分 {cut}",
    ),
    "trophy-below-cut": Wording(
        "score {score}, {place:place} of {candidates}; the {cut_pick:place} pick has {cut}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；入选的第 {cut_pick} 篇得分 {cut}",
    ),
    "no-places": Wording(
        "score {score}, {place:place} of {candidates}; by the profile no place is given by score",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；按配置，没有按得分入选的名额",
    ),
    "off-interest": Wording(
        "{points} interest points ({directions:labels}), at least {least} required",
        "兴趣分 {points}（{directions:labels}），至少需要 {least}",
    ),
    "weak-signal": Wording("{upvotes} upvotes, at least {least} required", "点赞 {upvotes}，至少需要 {least}"),
    "near-duplicate": Wording(
        "similar to {id:paper}, picked on {date:list}: similarity {similarity}, the limit is {limit}",
        "与 {date:list} 入选的 {id:paper} 内容相近：相似度 {similarity}，上限 {limit}",
    ),
    "excluded": Wording("{en}; its {field:field} says “{evidence}”", "{zh}；{field:field}写道：“{evidence}”"),
    "not-read": Wording("could not be read: {reason:reason}", "未能读到正文：{reason:reason}"),
    "withdrawn": Wording("withdrawn: {reason:reason}", "已撤稿：{reason:reason}"),
    "not-analyzed": Wording("not analysed: {reason:reason}", "分析未完成：{reason:reason}"),
    "budget": Wording("beyond the budget, not analysed: {reason:reason}", "超出预算，未作分析：{reason:reason}"),
    "repeat": Wording("a repeat: {reason:reason}", "重复：{reason:reason}"),
    "update": Wording("an update: {reason:reason}", "更新：{reason:reason}"),
    "left": Wording("no longer listed: {reason:reason}", "已从列表移除：{reason:reason}"),
    "in-day": Wording("twice on the list: {reason:reason}", "当日重复：{reason:reason}"),
}

_RANKED = {
    "outside-window": Wording("rank {rank} is beyond the first {window}", "第 {rank} 名，在前 {window} 名之外"),
    "after-last-lab": Wording(
        "rank {rank} comes after the last paper of a lab, rank {last}",
        "第 {rank} 名，在最后一篇重点机构论文（第 {last} 名）之后",
    ),
    "no-lab": Wording(
        "rank {rank}; no paper of a lab is on the list, so only the first is shown",
        "第 {rank} 名；当日没有重点机构的论文，只展示第一名",
    ),
}

TEMPLATES = _GENERAL | _REQUESTS | _LISTS | _REPEATS | _READING | _ANALYSIS | CURATED | _RANKED
# What ends the digest, for all papers after its end together.
DIGEST_ENDS = {
    "outside-window": Wording("It shows at most the first {window}.", "最多展示前 {window} 名。"),
    "after-last-lab": Wording(
        "It shows the papers down to the last one from a Super Lab or a Frontier Lab, at rank {last}; "
        "these come after it.",
        "展示到最后一篇来自顶级或前沿实验室的论文（第 {last} 名）为止，其余如下。",
    ),
    "no-lab": Wording(
        "No paper of a lab is on the list, so only the first is shown.",
        "当日没有重点机构的论文，只展示第一名。",
    ),
}
# What stands before the template of a verdict if it has the part: what earned the points.
MERITS = {
    "most_upvoted": Wording(
        "the day's most upvoted new paper ({most_upvoted} upvotes), which always has a place",
        "当日新论文中点赞最多（{most_upvoted}），固定占一个名额",
    ),
    "by_upvotes": Wording("{by_upvotes:place} of {papers} by upvotes", "点赞在 {papers} 篇新论文中排第 {by_upvotes}"),
    "must_read": Wording(
        "a must-read: {must_read:place} by upvotes, among the first {first} of {papers}, on {must_on:labels}",
        "必读：点赞第 {must_read}，在 {papers} 篇新论文的前 {first} 名之内，方向为{must_on:labels}",
    ),
    "viral": Wording(
        "a must-read: it went viral, on {must_on:labels}",
        "必读：热度很高，方向为{must_on:labels}",
    ),
    "on": Wording("on {on:labels}", "属于关注的方向：{on:labels}"),
    "kind_en": Wording("{kind_en}", "{kind_zh}"),
    "lab": Wording("from a leading lab ({lab})", "来自重点机构 {lab}"),
    "stars": Wording("{stars} stars", "{stars} 个星标"),
    "words": Wording(
        "words that are frequent among editors' picks: {words:words}", "用词多见于编辑所选的论文：{words:words}"
    ),
    "trophy": Wording("a trophy ({trophy})", "有奖杯（{trophy}）"),
}
# What is added after it if it has the part.
ADDITIONS = {
    "median": Wording("; the day's median paper has {median}", "；当日论文的中位数为 {median}"),
    "reserved": Wording(
        "; {reserved:paper} has its place as the day's most upvoted paper",
        "；{reserved:paper} 因点赞最多而占一个名额",
    ),
    "tags": Wording("; a trophy ({tags}) adds points but gives no place", "；奖杯（{tags}）只加分，不保证入选"),
    "equal": Wording("; equal scores go by upvotes, then by arXiv id", "；得分相同的按点赞数，再按 arXiv 编号"),
}
FIELDS = {"title": Wording("title", "标题"), "abstract": Wording("abstract", "摘要")}
