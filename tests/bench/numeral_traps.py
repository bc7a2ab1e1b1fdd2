"""Sentences without a quantity: ordinals, years, names and idioms that a reader of numbers could take for one."""

ENGLISH = """
One of the reviewers disagreed with the others.
At first, the agent explores at random.
This is one way to look at the problem.
No one has studied this setting before.
The two-faced nature of the reward is discussed at length in the appendix.
On the one hand, the model is small.
On the other hand, it is slow.
First and foremost, the data must be clean.
The second stage freezes the encoder.
The third author wrote the code.
In the first place, labels are noisy.
A first-order method is enough here.
Second-order gradients are avoided.
The twenty-first century brought deep learning.
The method was published in 2023.
Since 2019, transformers have dominated the field.
Work from the 1990s used hand-made features.
It was accepted at CVPR 2024.
The dataset was released on 5 March 2021.
Zero-shot transfer works well.
Few-shot prompting helps.
One-shot learning is not studied.
The labels are one-hot vectors.
A one-to-one mapping is assumed.
A one-size-fits-all solution does not exist.
All at once, the loss diverges.
The models talk to one another.
Once upon a time, features were made by hand.
The approach is second to none in simplicity.
One might expect a drop.
One should not confuse the concepts.
It is the one thing that matters.
The easy one is solved by search.
Every one of the baselines fails.
The former one is preferred.
We build on ResNet-50.
GPT-4 serves as the judge.
The backbone is ViT-B/16.
We initialise from word2vec vectors.
The F1 metric is used.
The split follows COCO 2017.
Section 3 explains the loss.
See Table 2 for details.
Figure 5 shows the curves.
As in [12], we freeze the encoder.
Equation 4 defines the reward.
Appendix B.2 lists the prompts.
It runs on an A100.
An H100 node is enough.
The code needs Python 3.11.
The 3D reconstruction is sharp.
A 2D projection is used.
The COVID-19 pandemic delayed the study.
It is a catch-22 for the designer.
Fortune 500 companies were contacted.
The Big Four firms declined.
The seventh-grade exam is used.
Third-party tools are not allowed.
A half-hearted attempt failed.
The second-best option is ignored.
Their one-stop platform is public.
First-person videos are harder.
One day, robots may do this.
She is at sixes and sevens about the result.
The zero-sum game is solved.
It works around the clock.
The nine-to-five routine is simulated.
Back to square one, the authors changed the loss.
The idea is a one-off.
Level Zero is the name of the game.
"""
CHINESE = """
一方面，模型很小；另一方面，速度很慢。
该方法十分简单。
万一失败，系统会重试。
作者千方百计地减少标注。
一些参与者表示不满。
框架统一了各种任务。
百度发布了新的模型。
三维重建的结果很清晰。
二维投影丢失了信息。
第一阶段冻结编码器。
第二作者编写了代码。
首先，一般的做法并不可行。
这一方法优于其他方法。
一旦损失发散，训练就停止。
模型一直保持稳定。
一定程度上缓解了遗忘。
结果与人工评分一致。
唯一的例外是法律子集。
同一模型用于评审。
其中一个原因是数据噪声。
该方法于二〇二三年发表。
2019年以来，这一领域发展迅速。
数据集于2021年3月5日发布。
二十一世纪以来，深度学习兴起。
九十年代的工作依赖手工特征。
零样本迁移效果良好。
少样本提示也有帮助。
标签采用独热编码，一一对应。
万能的方案并不存在。
万维网是主要的来源。
百科全书被用作语料。
千里之行始于足下。
百分百自动化只是口号。
他们三番五次地修改提示。
错误五花八门。
四面八方的数据被汇总。
讨论七嘴八舌，没有结论。
十全十美的基准并不存在。
结果一目了然。
一般来说，大模型更稳定。
不一而足，这里从略。
两者都依赖外部工具。
三思而后行是代理的原则。
一起训练的模块共享参数。
再一次证明了假设。
进一步的分析见附录。
一系列实验支持这一结论。
这是一种新的范式。
千万不要忽略数据泄漏。
万万没有想到结果会反转。
张三和李四负责标注。
七夕节的图片被排除。
五四运动的语料不在其中。
三国演义是测试语料。
八卦新闻被过滤。
四川的学校参加了研究。
九寨沟的照片用于展示。
三星公司提供了设备。
五一假期不收集数据。
三角形网格用于渲染。
四元数表示旋转。
六边形网格更均匀。
表三列出了超参数。
图二展示了框架。
第三节介绍损失函数。
GPT-4 充当评审。
骨干网络是 ResNet-50。
丈二和尚摸不着头脑的错误很少。
单一模型难以兼顾。
半监督学习减少了标注。
半导体行业的文档最难。
多半是由于噪声。
成百上千的规则难以维护。
二话不说，模型直接作答。
"""
TRAPS = {
    "en": [line for line in ENGLISH.splitlines() if line],
    "zh": [line for line in CHINESE.splitlines() if line],
}
