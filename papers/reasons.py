"""Reasons, which are recorded in English, as a Chinese reader is told them."""

from __future__ import annotations

import re

from papers.models import Language

# Each as the stage words it, the longer before what is a part of it.
_PHRASES: tuple[tuple[str, str], ...] = (
    # reading
    (r"nothing to read: ", "没有可读的内容："),
    (r"the listing's abstract alone: ", "只有列表摘要："),
    (r"the listing's own abstract", "列表自带的摘要"),
    (r"the listing has no abstract", "列表没有摘要"),
    (r"the reading broke off: ", "阅读中断："),
    (r"no reading", "没有阅读记录"),
    (r"not read within (\S+) seconds", r"\1 秒内未能读完"),
    (r"another paper: (\d+%) of the listed abstract's word pairs stand at its beginning, "
     r"and its title is (Q|not marked)",
     r"是另一篇论文：开头只有列表摘要 \1 的词对，标题为 \2"),
    (r"another paper: its title is (Q|not marked)", r"是另一篇论文：标题为 \1"),
    (r"标题为 not marked", "标题未标明"),
    (r"cut off: the page ends before its end", "页面不完整：未到结尾就中断"),
    (r"no body: (\d+) characters besides the abstract", r"没有正文：摘要以外只有 \1 个字符"),
    (r"not whole: (\d+) section of (\d+) characters", r"不完整：只有 \1 节、\2 个字符"),
    (r"not whole: no sections", "不完整：没有章节"),
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
    (r"HTML that cannot be parsed: ", "无法解析的 HTML："),
    (r"a page without (?:a body|text)", "没有内容的页面"),
    (r"a page that takes too long to read", "读取过久的页面"),
    (r"a PDF that takes too long to read \(page (\d+)\)", r"读取过久的 PDF（第 \1 页）"),
    (r"a PDF without a text layer \(scanned, or a stub\)", "没有文本层的 PDF（扫描件或空壳）"),
    (r"a PDF of (\d+) pages; at most (\d+) are read", r"\1 页的 PDF，最多读 \2 页"),
    (r"not a PDF", "不是 PDF"),
    (r"its last version is withdrawn", "最新版本已撤稿"),
    # requests
    (r"arXiv answered 403 \(forbidden\): it takes this address for a robot\. No further request is made in this run; "
     r"wait a day, and keep DAILY_PAPERS_ARXIV_INTERVAL at 3 or more",
     "arXiv 返回 403（禁止访问），把这个地址当作了机器人；本次不再请求"),
    (r"arXiv could not be reached (\d+) times in a row \(last: (.+?)\)(?=;|$)",
     r"连续 \1 次连不上 arXiv（最后一次：\2）"),
    (r"no answer in time \((\w+)\)", r"未及时应答（\1）"),
    (r"no answer within (\S+) s\b", r"\1 秒内没有应答"),
    (r"larger than (\S+) MB", r"超过 \1 MB"),
    (r"more than (\d+) redirects", r"重定向超过 \1 次"),
    (r"redirects to (\S+), a private address, which is not followed", r"重定向到内网地址 \1，未跟随"),
    (r"redirects to (\S+), which is not followed", r"重定向到 \1，未跟随"),
    (r"redirects to no usable address", "重定向到无效地址"),
    (r"no usable address", "地址无效"),
    (r", (\d+) tries\b", r"，共试 \1 次"),
    (r"(HTTP \d{3}): ", r"\1："),
    # analysis
    (r"the run's budget of ([\d,]+) tokens was reached", r"已用完本次 \1 个 token 的预算"),
    (r"the run's budget of (\$\S+) was reached", r"已用完本次 \1 的预算"),
    (r"the provider's filter withheld the answer", "回答被服务方过滤"),
    (r"the answer was longer than the model may write", "回答超出模型的长度上限"),
    (r"no answer fitted the schema in (\d+) tries", r"试了 \1 次，回答都不合格式"),
    (r"the server refused the request \((HTTP \d+)\)", r"服务器拒绝了请求（\1）"),
    (r"rate limited \((HTTP \d+)\)", r"被限流（\1）"),
    (r"server error \((HTTP \d+)\)", r"服务器错误（\1）"),
    (r"connection refused", "连接被拒绝"),
    (r"connection broken", "连接中断"),
    (r", and the server asks to wait (\d+) s", r"，服务器要求等待 \1 秒"),
    (r"no analysis", "没有分析记录"),
    # the list
    (r"an object was due, not (\w+)", r"应为对象，却是 \1"),
    (r"(?<=Q) is no arXiv id", " 不是 arXiv 编号"),
    (r"no arXiv id", "没有 arXiv 编号"),
    (r"no title", "没有标题"),
    (r"no time of submission, by which its day is known", "没有提交时间，无法确定日期"),
    (r"\btitle: (?=Q)", "标题："),
    (r"\babstract: (?=added|dropped|wording)", "摘要："),
    (r"\badded (?=Q)", "增加 "),
    (r", dropped (?=Q)", "，删去 "),
    (r"\bdropped (?=Q)", "删去 "),
    (r"wording changed", "措辞有变"),
    (r"reported on (\S+) \(same arXiv id\)", r"\1 已报道（arXiv 编号相同）"),
    (r"reported on (\S+) \(same title\)", r"\1 已报道（标题相同）"),
    (r"reported on (\S+) \(nearly the same title, the same abstract\)", r"\1 已报道（标题相近，摘要相同）"),
    (r"stands on this list as (\S+) already \((?:.+)\)", r"与列表中的 \1 是同一篇"),
)  # fmt: skip
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'.*?'(?!\w)")  # another's words, in which nothing is ours
_PLACE = "\ue000"  # stands for them meanwhile; Q in the phrases
_COMPILED = [(re.compile(re.sub(r"\bQ\b", _PLACE, pattern)), chinese) for pattern, chinese in _PHRASES]


def reason_in(reason: str, language: Language) -> str:
    """A recorded reason in `language`; what no stage words so (a server's own words) stays as it is."""
    if language == "en":
        return reason
    quoted = iter(_QUOTED.findall(reason))
    said = _QUOTED.sub(_PLACE, reason)
    for pattern, chinese in _COMPILED:
        said = pattern.sub(chinese, said)
    return re.sub(_PLACE, lambda _: next(quoted, ""), said.replace("; ", "；"))
