"""Translates recorded reasons, which are in English, into Chinese.

A reason is a sequence of clauses. A clause may begin with its subject and end with the number of tries. A clause that
no stage produces (an author's comment, a server's message) stays unchanged.
"""

from __future__ import annotations

import re

from papers.models import Language

# Prefixes of a clause; the rest is again a clause.
_PREFIXES: tuple[tuple[str, str], ...] = (
    (r"nothing to read: ", "没有可读的内容："),
    (r"the listing's abstract alone: ", "只有列表摘要："),
    (r"the reader failed: ", "读取程序出错："),
    (r"the reading broke off: ", "阅读中断："),
    (r"HTML that cannot be parsed: ", "无法解析的 HTML："),
    (r"a damaged PDF: ", "损坏的 PDF："),
    (r"the server refuses structured output \((\w+)\): ", r"服务器不接受结构化输出（\1）："),
    (r"(html|pdf|abs): ", r"\1: "),
    (r"\((?:zh|en)\) ", ""),
    (r"(HTTP \d{3}): ", r"\1："),
)
_SUFFIXES: tuple[tuple[str, str], ...] = (
    (r", (\d+) tries", r"，共试 \1 次"),
    (r", waited (\d+) s", r"，等待了 \1 秒"),
    (r", and the server asks to wait (\d+) s", r"，服务器要求等待 \1 秒"),
)
# Clauses as the stages write them, or wrote them in earlier versions: stores keep the reasons of old days. What the
# group `inner` matches is a clause itself.
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"HTTP \d{3}", r"\g<0>"),
    # reading
    (r"the listing's own abstract", "列表自带的摘要"),
    (r"the listing has no abstract", "列表没有摘要"),
    (r"no reading", "没有阅读记录"),
    (r"no response kept", "没有保存的响应"),
    (r"not read within (\S+) seconds", r"\1 秒内未能读完"),
    (r"the reader crashed or ran out of memory \((.+)\)", r"读取进程崩溃或内存不足（\1）"),
    (r"the reader needs more than (\d+) MB for it", r"读取它需要超过 \1 MB 的内存"),
    (r"its text takes more than (\d+) MB", r"文本超过 \1 MB"),
    (r"another paper: (?P<inner>.+), and its title is not marked", r"是另一篇论文：\g<inner>，标题未标明"),
    (r"another paper: (?P<inner>.+), and its title is (.+)", r"是另一篇论文：\g<inner>，标题为 \2"),
    (r"another paper: its title is not marked", "是另一篇论文：标题未标明"),
    (r"another paper: its title is (.+)", r"是另一篇论文：标题为 \1"),
    (r"its beginning has (\d+%) of the listed abstract's word pairs", r"开头只有列表摘要 \1 的词对"),
    (r"(\d+%) of the listed abstract's word pairs stand at its beginning", r"开头只有列表摘要 \1 的词对"),
    (r"cut off: the page ends before its end", "页面不完整：未到结尾就中断"),
    (r"no body: (\d+) characters besides the abstract", r"没有正文：摘要以外只有 \1 个字符"),
    (r"(?:incomplete|not whole): (\d+) section of (\d+) characters", r"不完整：只有 \1 节、\2 个字符"),
    (r"(?:incomplete|not whole): no sections", "不完整：没有章节"),
    (r"(\d+) conversion errors in (\d+) words", r"\2 个词中有 \1 处转换错误"),
    (r"arXiv has no HTML of it", "arXiv 没有它的 HTML"),
    (r"a check for robots, not the paper", "是机器人验证页，不是论文"),
    (r"a proxy's waiting page", "代理服务器的等待页"),
    (r"a conversion that broke off", "中断的转换"),
    (r"a 403 page", "403 页面"),
    (r"a rate-limit page", "限流页面"),
    (r"a not-found page", "“未找到”页面"),
    (r"a server-error page", "服务器错误页面"),
    (r"a page that says to come back later", "请稍后再来的页面"),
    (r"the body is empty", "内容为空"),
    (r"the body is a PDF, not HTML", "内容是 PDF，不是 HTML"),
    (r"the body is a PDF, not an abs page", "内容是 PDF，不是摘要页"),
    (r"the body is no text", "内容不是文本"),
    (r"not an abs page: no title and abstract on it", "不是摘要页：没有标题和摘要"),
    (r"not a page converted from LaTeX: no ltx_ class on it", "不是由 LaTeX 转换的页面"),
    (r"a page without (?:a body|text)", "没有内容的页面"),
    (r"a page that takes too long to read", "读取过久的页面"),
    (r"a PDF that takes too long to read \(page (\d+)\)", r"读取过久的 PDF（第 \1 页）"),
    (r"a PDF without a text layer \(scanned, or a stub\)", "没有文本层的 PDF（扫描件或空壳）"),
    (r"a PDF of (\d+) pages; at most (\d+) are read", r"\1 页的 PDF，最多读 \2 页"),
    (r"an encrypted PDF", "加密的 PDF"),
    (r"not a PDF", "不是 PDF"),
    (r"its last version is withdrawn", "最新版本已撤稿"),
    # requests
    (
        r"arXiv answered 403 \(forbidden\): it takes this address for a robot",
        "arXiv 返回 403（禁止访问），把这个地址当作了机器人，本次不再请求",
    ),
    (
        r"arXiv could not be reached (\d+) times in a row \(last: (?P<inner>.+)\)",
        r"连续 \1 次连不上 arXiv（最后一次：\g<inner>）",
    ),
    (r"no answer in time \((\w+)\)", r"未及时应答（\1）"),
    (r"no answer within (\S+) s", r"\1 秒内没有应答"),
    (r"larger than (\S+) MB", r"超过 \1 MB"),
    (r"the content encoding '(.*)' is not supported", r"不支持内容编码 \1"),
    (r"the body is not what its Content-Encoding says: (.+)", r"内容与其 Content-Encoding 不符：\1"),
    (r"more than (\d+) redirects", r"重定向超过 \1 次"),
    (r"redirects to (\S+), a private address, which is not followed", r"重定向到内网地址 \1，未跟随"),
    (r"redirects to (\S+), which is not followed", r"重定向到 \1，未跟随"),
    (r"redirects to no usable address: (.+)", r"重定向到无效地址：\1"),
    (r"no usable address: (.+)", r"地址无效：\1"),
    # analysis
    (r"no analysis", "没有分析记录"),
    (r"no try was made", "没有尝试"),
    (r"the run's budget of ([\d,]+) tokens was reached", r"已用完本次 \1 个 token 的预算"),
    (r"the run's budget of (\$\S+) was reached", r"已用完本次 \1 的预算"),
    (r"the provider's filter withheld the answer", "回答被服务方过滤"),
    (r"the answer was longer than the model may write", "回答超出模型的长度上限"),
    (r"the answer was empty", "回答为空"),
    (r"the model's context of ([\d,]+) tokens has no room for the paper", r"模型的上下文只有 \1 个 token，放不下论文"),
    (r"the model's context has no room for the paper", "模型的上下文放不下论文"),
    (r"the model's contribution was (?P<inner>.+)", r"模型写的核心贡献不可用：\g<inner>"),
    (r"an echo of the prompt", "照抄了提示词"),
    (r"a loop", "陷入重复"),
    (r"a refusal of the model", "模型拒绝回答"),
    (r"a piece of JSON", "残缺的 JSON"),
    (r"a placeholder", "占位文字"),
    (r"the same text as the others", "与其他字段雷同"),
    (r"in another form than asked for", "不符合要求的形式"),
    (r"the model named no contribution", "模型没有写出核心贡献"),
    (r"the numbers of the model's contribution are not in the paper", "模型写的核心贡献里的数字不在原文中"),
    (r"too few of the model's numbers are in the paper \((\d+) of (\d+)\)", r"模型写的 \2 个数字中只有 \1 个见于原文"),
    (r"the model did not answer in Chinese", "模型没有用中文回答"),
    (r"the model did not answer in English", "模型没有用英文回答"),
    (r"only (\d+) of (\d+) texts could be translated", r"\2 段文字中只译成了 \1 段"),
    (r"no answer fitted the schema \((.+)\)", r"回答不合格式（\1）"),
    (r"the provider's filter withheld the answer \((.+)\)", r"回答被服务方过滤（\1）"),
    (r"the server finds the prompt too long \((.+)\)", r"服务器认为论文过长（\1）"),
    (r"the model is not there \((.+)\), check (.+)", r"找不到模型（\1），请检查 \2"),
    (r"the account's quota is used up \((.+)\)", r"账户额度已用完（\1）"),
    (r"the key is refused \((.+)\)", r"密钥被拒绝（\1）"),
    (r"no answer in time", "没有及时应答"),
    (r"the server refused every form of the request", "服务器拒绝了各种形式的请求"),
    (r"(?P<inner>no answer within \S+ s), (\d+) calls in a row", r"\g<inner>，连续 \2 次调用都是如此"),
    (r"no answer fitted the schema in (\d+) tries \((.+)\)", r"试了 \1 次，回答都不合格式（\2）"),
    (r"an answer that is none \((.+)\)", r"不成回答的应答（\1）"),
    (
        r"the server finds even ([\d,]+) tokens too long: lower DAILY_PAPERS_MODEL_CONTEXT",
        r"服务器认为 \1 个 token 仍然过长：请调低 DAILY_PAPERS_MODEL_CONTEXT",
    ),
    (r"the server refused the request \((.+)\)", r"服务器拒绝了请求（\1）"),
    (r"rate limited \((.+)\)", r"被限流（\1）"),
    (r"server error \((.+)\)", r"服务器错误（\1）"),
    (r"connection refused", "连接被拒绝"),
    (r"connection broken \((.+)\)", r"连接中断（\1）"),
    # the list
    (r"an object was (?:expected|due), not (\w+)", r"应为对象，却是 \1"),
    (r"('.*') is no arXiv id", r"\1 不是 arXiv 编号"),
    (r"('.*') is no address of a paper", r"\1 不是论文地址"),
    (r"no arXiv id", "没有 arXiv 编号"),
    (r"no id", "没有编号"),
    (r"no title", "没有标题"),
    (r"no time of submission, by which its day is known", "没有提交时间，无法确定日期"),
    (r"reported on (\S+) \(same arXiv id\)", r"\1 已报道（arXiv 编号相同）"),
    (r"reported on (\S+) \(same title\)", r"\1 已报道（标题相同）"),
    (r"reported on (\S+) \(nearly the same title, the same abstract\)", r"\1 已报道（标题相近，摘要相同）"),
    (r"already on this list as (\S+) \(.+\)", r"与列表中的 \1 是同一篇"),
    (r"stands on this list as (\S+) already \(.+\)", r"与列表中的 \1 是同一篇"),
)
_COMPILED = {
    kind: [(re.compile(pattern, re.DOTALL), chinese) for pattern, chinese in table]
    for kind, table in (("prefix", _PREFIXES), ("suffix", [(f"{p}$", c) for p, c in _SUFFIXES]), ("phrase", _PHRASES))
}
# Changes of a title and an abstract: the words between the quotes come from the listing.
_CHANGE = re.compile(
    r"(?:title: (?P<title>\".*\" → \".*?\")(?=$|; abstract: ))?(?:; )?"
    r"(?:abstract: (?:(?P<wording>wording changed)"
    r"|(?:added (?P<added>\".*?\")(?=$|, dropped ))?(?:, )?(?:dropped (?P<dropped>\".*\"))?))?",
    re.DOTALL,
)
# What a user of the program can do about a 403; readers do not need it.
_ADVICE = re.compile(r"(?<=takes this address for a robot)\. No further request is made in this run; wait a day[^;]*")
_TITLE = re.compile(r"(?<=its title is )'.{0,110}?'(?=; (?:html|pdf|abs): |; the listing has no abstract|$)", re.DOTALL)
_PLACEHOLDER = "\ue000"  # replaces another paper's title, which may contain the separator of clauses


def reason_in(reason: str, language: Language) -> str:
    """A recorded reason in `language`."""
    if language == "en" or not reason:
        return reason
    if (change := _CHANGE.fullmatch(reason)) is not None:
        return _change_in_chinese(change)
    titles = iter(_TITLE.findall(reason))
    clauses = _ADVICE.sub("", _TITLE.sub(_PLACEHOLDER, reason)).split("; ")
    translations = [_clause(c) for c in clauses]
    if not any(translations):
        return reason
    text = "；".join(t or c for t, c in zip(translations, clauses, strict=True))
    return re.sub(_PLACEHOLDER, lambda _: next(titles, ""), text)


def _clause(text: str) -> str | None:
    """The clause in Chinese; None for an unknown clause."""
    for pattern, chinese in _COMPILED["phrase"]:
        if match := pattern.fullmatch(text):
            inner = match.groupdict().get("inner")
            translation = match.expand(chinese)
            return translation.replace(inner, _clause(inner) or inner) if inner else translation
    for pattern, chinese in _COMPILED["prefix"]:
        if match := pattern.match(text):
            rest = text[match.end() :]
            return match.expand(chinese) + (_clause(rest) or rest)
    for pattern, chinese in _COMPILED["suffix"]:
        if match := pattern.search(text):
            rest = text[: match.start()]
            return (_clause(rest) or rest) + match.expand(chinese)
    return None


def _change_in_chinese(change: re.Match[str]) -> str:
    parts = [f"标题：{change['title']}"] if change["title"] else []
    changes = [f"增加 {change['added']}"] if change["added"] else []
    changes += [f"删去 {change['dropped']}"] if change["dropped"] else []
    changes += ["措辞有变"] if change["wording"] else []
    return "；".join(parts + ([f"摘要：{'，'.join(changes)}"] if changes else []))
