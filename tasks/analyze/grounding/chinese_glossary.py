"""Chinese words of research texts with the English words that a paper uses for them.

It helps to find the block of an English paper for a Chinese claim without a quotation. It is not used for translation.
"""

from __future__ import annotations

import re

_PAIRS = """
准确率 accuracy | 精度 accuracy precision | 正确率 accuracy | 成功率 success rate | 召回率 recall
精确率 precision | 胜率 win rate | 错误率 error rate | 损失 loss | 训练 train | 微调 fine-tune finetune sft
预训练 pretrain pre-train | 推理 inference reason | 测试 test | 评估 evaluate | 评测 evaluate benchmark
基准 benchmark baseline | 基线 baseline | 数据集 dataset | 数据 data | 样本 sample example | 图像 image
图片 image | 视频 video | 音频 audio | 语音 speech | 文本 text | 语言 language | 视觉 vision visual
多模态 multimodal | 模型 model | 参数 parameter | 层 layer | 头 head | 注意力 attention | 稀疏 sparse sparsity
稀疏度 sparsity | 量化 quantize quantization | 压缩 compress compression | 蒸馏 distill distillation
加速 speedup accelerate faster | 速度 speed | 延迟 latency | 吞吐 throughput | 内存 memory | 显存 memory vram
成本 cost | 时间 time | 步 step | 轮 round epoch turn | 小时 hour | 分钟 minute | 秒 second | 天 day
提升 improve increase gain | 提高 improve increase | 改进 improve | 增加 increase | 增长 grow increase
降低 reduce decrease lower | 减少 reduce decrease fewer | 下降 drop decrease | 超过 exceed outperform surpass
优于 outperform better | 达到 achieve reach | 相比 compare | 比 than | 平均 average mean
最高 best highest top up | 最大 maximum max largest | 最小 minimum smallest | 最佳 best | 总共 total | 共 total
任务 task | 问题 question problem | 答案 answer | 评分 score rate | 得分 score | 分数 score | 用户 user human
人类 human | 人工 human manual | 标注 annotate label annotation | 专家 expert | 参与者 participant
方法 method approach | 框架 framework | 算法 algorithm | 策略 policy strategy | 奖励 reward
强化学习 reinforcement rl | 监督 supervise | 对齐 align alignment | 智能体 agent | 代理 agent | 工具 tool
规划 plan | 记忆 memory | 检索 retrieve retrieval | 生成 generate generation | 编辑 edit | 分割 segment
检测 detect | 分类 classify classification | 识别 recognize recognition | 预测 predict prediction
优化 optimize optimization | 采样 sample | 攻击 attack | 安全 safety safe | 拒绝 refuse refusal
幻觉 hallucinate hallucination | 鲁棒 robust | 泛化 generalize generalization | 长上下文 long context
上下文 context | 窗口 window | 序列 sequence | 词元 token | 词表 vocabulary | 批 batch | 学习率 learning rate
维 dimension | 节点 node | 图 graph figure | 网络 network | 机器人 robot | 动作 action | 轨迹 trajectory
干预 intervene intervention | 满意度 satisfaction | 页面 page | 网页 web | 代码 code | 数学 math
开源 open source | 权重 weight | 轮次 turn round | 子集 subset | 类别 category class | 领域 domain | 语料 corpus
文档 document | 句 sentence | 单词 word | 帧 frame | 分辨率 resolution | 像素 pixel | 点 point | 率 rate
比例 ratio proportion | 差距 gap | 差异 difference | 一致 agree consistency | 相关 correlation
系数 coefficient | 误差 error | 偏差 bias | 噪声 noise | 扩散 diffusion | 自回归 autoregressive | 编码器 encoder
解码器 decoder | 潜 latent | 嵌入 embedding | 特征 feature | 空间 space | 阶段 stage phase | 轮廓 outline
消融 ablation | 结果 result | 实验 experiment | 性能 performance | 效率 efficiency | 质量 quality
能力 ability capability | 规模 scale size | 大小 size | 数量 number count | 个 number | 显卡 gpu | 服务器 server
复杂度 complexity | 计算 compute computation | 存储 storage | 请求 request | 响应 response
对话 dialogue conversation | 翻译 translate translation | 摘要 summary summarization | 医学 medical
科学 science scientific | 物理 physics | 化学 chemistry | 生物 biology | 金融 finance | 法律 legal law
教育 education | 游戏 game | 驾驶 drive driving | 场景 scene scenario | 物体 object | 姿态 pose | 深度 depth
三维 3d | 二维 2d
总体 overall | 整体 overall | 总分 total | 总数 total | 总计 total | 均值 mean | 均分 average
中位数 median | 最大值 maximum | 最小值 minimum | 标准差 deviation | 改变 change changed | 变化 change | 不变 unchanged
未变 unchanged | 身高 height | 体重 weight | 观测数 observation | 排名 rank | 参数量 parameter | 显存占用 memory
吞吐量 throughput | 困惑度 perplexity | 相似度 similarity | 一致性 consistency | 完整率 complete | 完成率 completion
覆盖率 coverage
通过率 pass | 命中率 hit | 加速比 speedup | 步数 step
"""
GLOSSARY: dict[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:]) for entry in re.split(r"[|\n]", _PAIRS) if (words := entry.split())
}
CHINESE_WORD = re.compile("|".join(sorted(map(re.escape, GLOSSARY), key=len, reverse=True)))


def english_words(text: str) -> list[str]:
    """The English words for the Chinese words of `text` that the glossary has, in order; longer words match first."""
    return [stem for match in CHINESE_WORD.finditer(text) for stem in GLOSSARY[match.group()]]
