"""The trades of GB/T 4754-2017: its two-digit divisions by name, for groupings that people read.

Divisions of bodies that are no enterprises (91 to 97) are left to their number. The English names are
ours. The edition of 2011 has no division 79 (land management): from there on its numbers lie one
lower, and ``trade_of`` says them as 2017 does.
"""

from collections.abc import Mapping
from typing import Final

from feeledger.errors import Text

TRADES: Final[Mapping[str, Text]] = {
    "01": Text("农业", "agriculture"),
    "02": Text("林业", "forestry"),
    "03": Text("畜牧业", "animal husbandry"),
    "04": Text("渔业", "fishery"),
    "05": Text(
        "农、林、牧、渔专业及辅助性活动",
        "services to agriculture, forestry, animal husbandry and fishery",
    ),
    "06": Text("煤炭开采和洗选业", "coal mining and washing"),
    "07": Text("石油和天然气开采业", "oil and natural gas extraction"),
    "08": Text("黑色金属矿采选业", "ferrous metal mining"),
    "09": Text("有色金属矿采选业", "non-ferrous metal mining"),
    "10": Text("非金属矿采选业", "non-metal mineral mining"),
    "11": Text("开采专业及辅助性活动", "services to mining"),
    "12": Text("其他采矿业", "other mining"),
    "13": Text("农副食品加工业", "processing of farm products"),
    "14": Text("食品制造业", "food"),
    "15": Text("酒、饮料和精制茶制造业", "wine, drinks and refined tea"),
    "16": Text("烟草制品业", "tobacco"),
    "17": Text("纺织业", "textiles"),
    "18": Text("纺织服装、服饰业", "clothing"),
    "19": Text("皮革、毛皮、羽毛及其制品和制鞋业", "leather, fur, feather and footwear"),
    "20": Text(
        "木材加工和木、竹、藤、棕、草制品业", "wood, bamboo, rattan, palm and straw products"
    ),
    "21": Text("家具制造业", "furniture"),
    "22": Text("造纸和纸制品业", "paper"),
    "23": Text("印刷和记录媒介复制业", "printing and recorded media"),
    "24": Text(
        "文教、工美、体育和娱乐用品制造业", "culture, education, craft, sport and leisure goods"
    ),
    "25": Text("石油、煤炭及其他燃料加工业", "processing of oil, coal and other fuels"),
    "26": Text("化学原料和化学制品制造业", "chemicals"),
    "27": Text("医药制造业", "medicines"),
    "28": Text("化学纤维制造业", "chemical fibres"),
    "29": Text("橡胶和塑料制品业", "rubber and plastics"),
    "30": Text("非金属矿物制品业", "non-metal mineral products"),
    "31": Text("黑色金属冶炼和压延加工业", "ferrous metal smelting and rolling"),
    "32": Text("有色金属冶炼和压延加工业", "non-ferrous metal smelting and rolling"),
    "33": Text("金属制品业", "metal products"),
    "34": Text("通用设备制造业", "general machinery"),
    "35": Text("专用设备制造业", "special machinery"),
    "36": Text("汽车制造业", "motor vehicles"),
    "37": Text(
        "铁路、船舶、航空航天和其他运输设备制造业",
        "rail, ship, aerospace and other transport equipment",
    ),
    "38": Text("电气机械和器材制造业", "electrical machinery"),
    "39": Text(
        "计算机、通信和其他电子设备制造业", "computers, communication and other electronics"
    ),
    "40": Text("仪器仪表制造业", "instruments and meters"),
    "41": Text("其他制造业", "other manufacturing"),
    "42": Text("废弃资源综合利用业", "recycling"),
    "43": Text("金属制品、机械和设备修理业", "repair of metal products and machinery"),
    "44": Text("电力、热力生产和供应业", "electricity and heat"),
    "45": Text("燃气生产和供应业", "gas"),
    "46": Text("水的生产和供应业", "water"),
    "47": Text("房屋建筑业", "building construction"),
    "48": Text("土木工程建筑业", "civil engineering"),
    "49": Text("建筑安装业", "building installation"),
    "50": Text("建筑装饰、装修和其他建筑业", "building decoration and other construction"),
    "51": Text("批发业", "wholesale"),
    "52": Text("零售业", "retail"),
    "53": Text("铁路运输业", "rail transport"),
    "54": Text("道路运输业", "road transport"),
    "55": Text("水上运输业", "water transport"),
    "56": Text("航空运输业", "air transport"),
    "57": Text("管道运输业", "pipeline transport"),
    "58": Text("多式联运和运输代理业", "multimodal transport and forwarding"),
    "59": Text("装卸搬运和仓储业", "handling and storage"),
    "60": Text("邮政业", "post"),
    "61": Text("住宿业", "accommodation"),
    "62": Text("餐饮业", "catering"),
    "63": Text(
        "电信、广播电视和卫星传输服务", "telecommunication, broadcasting and satellite transmission"
    ),
    "64": Text("互联网和相关服务", "internet services"),
    "65": Text("软件和信息技术服务业", "software and information technology"),
    "66": Text("货币金融服务", "monetary and financial services"),
    "67": Text("资本市场服务", "capital market services"),
    "68": Text("保险业", "insurance"),
    "69": Text("其他金融业", "other finance"),
    "70": Text("房地产业", "real estate"),
    "71": Text("租赁业", "leasing"),
    "72": Text("商务服务业", "business services"),
    "73": Text("研究和试验发展", "research and development"),
    "74": Text("专业技术服务业", "professional technical services"),
    "75": Text("科技推广和应用服务业", "technology promotion and application"),
    "76": Text("水利管理业", "water management"),
    "77": Text("生态保护和环境治理业", "ecology and environment"),
    "78": Text("公共设施管理业", "public facilities"),
    "79": Text("土地管理业", "land management"),
    "80": Text("居民服务业", "services to residents"),
    "81": Text(
        "机动车、电子产品和日用产品修理业", "repair of vehicles, electronics and household goods"
    ),
    "82": Text("其他服务业", "other services"),
    "83": Text("教育", "education"),
    "84": Text("卫生", "health"),
    "85": Text("社会工作", "social work"),
    "86": Text("新闻和出版业", "press and publishing"),
    "87": Text("广播、电视、电影和录音制作业", "radio, television, film and sound recording"),
    "88": Text("文化艺术业", "culture and arts"),
    "89": Text("体育", "sport"),
    "90": Text("娱乐业", "entertainment"),
}
