"""The architecture of bundle-tiny as plain PyTorch functions on a dictionary of parameters."""
import math

import torch
import torch.nn.functional as F


class Scope:
    """Parameters whose names begin with a prefix."""

    def __init__(self, table, prefix=""):
        self.table, self.prefix = table, prefix

    def __call__(self, name):
        return self.table[self.prefix + name]

    def at(self, prefix):
        return Scope(self.table, self.prefix + prefix)


def linear(p, name, x):
    return F.linear(x, p(name + ".weight"), p(name + ".bias"))


def conv(p, name, x, **options):
    return F.conv2d(x, p(name + ".weight"), p(name + ".bias"), **options)


def layer_norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p(name + ".weight"), p(name + ".bias"), 1e-5)


def group_norm(p, name, x):
    return F.group_norm(x, 8, p(name + ".weight"), p(name + ".bias"), 1e-5)


def conv_norm(p, name, x, pad):
    return F.relu(group_norm(p, name + "_norm", conv(p, name, x, padding=pad)))


def to_tokens(x):
    return x.flatten(2).transpose(1, 2)


def to_map(tokens, side):
    return tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], side, side)


def attend(p, q, k, v, heads):
    def split(x):
        return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)

    q, k, v = split(linear(p, "q_proj", q)), split(linear(p, "k_proj", k)), split(linear(p, "v_proj", v))
    weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
    return linear(p, "out_proj", (weights @ v).transpose(1, 2).flatten(2))


def residual(p, x, blocks=2):
    for i in range(blocks):
        block = p.at(f"blocks.{i}.")
        inner = conv(block, "conv2", conv_norm(block, "conv1", x, 1), padding=1)
        x = F.relu(x + group_norm(block, "conv2_norm", inner))
    return x


def trunk(p, image):
    pixels = F.pixel_unshuffle((image - 0.5) / 0.25, 4)
    stride4 = residual(p.at("stage4."), conv_norm(p, "stem", pixels, 1))
    stride8 = residual(p.at("stage8."), conv_norm(p, "down8", F.pixel_unshuffle(stride4, 2), 0))
    deep = residual(p.at("stage16."), conv_norm(p, "down16", F.pixel_unshuffle(stride8, 2), 0))
    m = p.at("mixer.")
    x = to_tokens(deep) + m("position")[None]
    for i in range(2):
        b = m.at(f"blocks.{i}.")
        normed = layer_norm(b, "norm1", x)
        x = x + attend(b.at("attention."), normed, normed, normed, 4)
        x = x + linear(b, "mlp.lin2", F.gelu(linear(b, "mlp.lin1", layer_norm(b, "norm2", x))))
    x = layer_norm(m, "norm", x)
    side = image.shape[-1] // 16
    return {"embedding": to_map(linear(p, "neck", x), side), "pixels": pixels, "stride4": stride4, "stride8": stride8, "stride16": to_map(x, side)}


def sine_positions(side, width, amplitude):
    waves = width // 4
    table = torch.zeros(side * side, width)
    rate = math.pi / 2 * 16.0 ** (-torch.arange(waves) / max(1, waves - 1))
    token = torch.arange(side * side)
    for axis, place in enumerate([token // side, token % side]):
        angle = place[:, None] * rate[None]
        at = axis * 2 * waves
        table[:, at : at + waves] = amplitude * torch.sin(angle)
        table[:, at + waves : at + 2 * waves] = amplitude * torch.cos(angle)
    return table


def rms_norm(x, weight, eps=1e-5):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def seg_projection(p, hidden):
    return linear(p, "seg_projection.2", F.relu(linear(p, "seg_projection.0", hidden)))


def language_model(p, features, text, sizes):
    """Packed text behind the image tokens: logits, image tokens and seg embeddings."""
    heads, layers, width = sizes["heads"], sizes["layers"], sizes["hiddenSize"]
    images, side = features.shape[0], features.shape[-1]
    count = side * side
    x = linear(p, "mm_projector.2", F.gelu(linear(p, "mm_projector.0", to_tokens(features))))
    x = rms_norm(x, p("image_norm.weight")) + sine_positions(side, width, 0.5 / math.sqrt(0.5))
    words = F.embedding(text["ids"].long(), p("llama.embed_tokens.weight"))
    x = torch.cat([x, words], 1)
    length = x.shape[1]
    positions = torch.cat([torch.arange(count).expand(images, count), text["positions"].long()], 1)
    segment = torch.cat([torch.zeros(images, count, dtype=torch.int32), text["segments"]], 1)
    known = (segment[:, :, None] == segment[:, None]) | (segment[:, None] == 0)
    known &= torch.ones(length, length, dtype=torch.bool).tril()
    bias = (~known)[:, None] * -1e9
    half = width // heads // 2
    angle = positions[..., None] * (10000.0 ** (-torch.arange(half) / half))
    angle = torch.cat([angle, angle], -1)[:, None]
    cos, sin = angle.cos(), angle.sin()
    for i in range(layers):
        b = p.at(f"llama.layers.{i}.")
        normed = rms_norm(x, b("input_layernorm.weight"))
        q, k, v = (F.linear(normed, b(f"self_attn.{n}_proj.weight")).reshape(images, length, heads, -1).transpose(1, 2) for n in "qkv")
        scores = rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(-1, -2) / math.sqrt(width // heads) + bias
        attended = (torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2)
        x = x + F.linear(attended, b("self_attn.o_proj.weight"))
        normed = rms_norm(x, b("post_attention_layernorm.weight"))
        gate = F.silu(F.linear(normed, b("mlp.gate_proj.weight"))) * F.linear(normed, b("mlp.up_proj.weight"))
        x = x + F.linear(gate, b("mlp.down_proj.weight"))
    hidden = rms_norm(x, p("llama.norm.weight"))
    seg_rows = hidden.reshape(images * length, width)[text["segRows"].long().flatten()]
    return {
        "logits": F.linear(hidden[:, count:].reshape(-1, width), p("llama.lm_head.weight")),
        "imageTokens": seg_projection(p, hidden[:, :count]),
        "segEmbeddings": seg_projection(p, seg_rows),
    }


def mask_prompt(p, mask):
    def norm(name, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], p(name + ".weight"), p(name + ".bias"), 1e-6).permute(0, 3, 1, 2)

    x = F.gelu(norm("mask_downscaling.1", conv(p, "mask_downscaling.0", mask, stride=2)))
    x = F.gelu(norm("mask_downscaling.4", conv(p, "mask_downscaling.3", x, stride=2)))
    return conv(p, "mask_downscaling.6", x)


def mlp(p, x, depth):
    for i in range(depth):
        x = linear(p, f"layers.{i}", x)
        if i < depth - 1:
            x = F.relu(x)
    return x


def position_code(matrix, side):
    step = (torch.arange(side) + 0.5) / side
    unit = torch.stack([step[None].expand(side, side), step[:, None].expand(side, side)], -1).reshape(-1, 2)
    angles = (2 * unit - 1) @ matrix * (2 * math.pi)
    return torch.cat([angles.sin(), angles.cos()], -1)[None]


def two_way(p, tokens, image, image_code, heads=4, depth=2):
    code, queries, keys = tokens, tokens, image
    for i in range(depth):
        b = p.at(f"layers.{i}.")
        if i == 0:
            queries = attend(b.at("self_attn."), queries, queries, queries, heads)
        else:
            coded = queries + code
            queries = queries + attend(b.at("self_attn."), coded, coded, queries, heads)
        queries = layer_norm(b, "norm1", queries)
        coded_keys = keys + image_code
        queries = queries + attend(b.at("cross_attn_token_to_image."), queries + code, coded_keys, keys, heads)
        queries = layer_norm(b, "norm2", queries)
        queries = layer_norm(b, "norm3", queries + linear(b, "mlp.lin2", F.relu(linear(b, "mlp.lin1", queries))))
        keys = keys + attend(b.at("cross_attn_image_to_token."), coded_keys, queries + code, queries, heads)
        keys = layer_norm(b, "norm4", keys)
    final = attend(p.at("final_attn_token_to_image."), queries + code, keys + image_code, keys, heads)
    return layer_norm(p, "norm_final_attn", queries + final), keys


def upsampling_stage(p, name, x, skip):
    joined = F.pixel_shuffle(conv(p, name + ".widen", x), 2) + conv(p, name + ".skip", skip)
    return F.relu(group_norm(p, name + ".norm", conv(p, name + ".conv", joined, padding=1)))


def decode(p, features, sparse, dense, masks=4):
    batch, side = sparse.shape[0], features["embedding"].shape[-1]
    code = position_code(p("pe_layer.positional_encoding_gaussian_matrix"), side)
    learned = torch.cat([p("iou_token.weight"), p("mask_tokens.weight"), p("presence_token.weight")])
    tokens = torch.cat([learned[None].expand(batch, -1, -1), sparse], 1)
    tokens, image = two_way(p.at("transformer."), tokens, to_tokens(features["embedding"] + dense), code)
    half = upsampling_stage(p, "up8", to_map(image, side), features["stride8"])
    quarter = upsampling_stage(p, "up4", half, features["stride4"])
    mixed = F.relu(conv(p, "mix", torch.cat([quarter, features["pixels"].expand(batch, -1, -1, -1)], 1)))
    weights = torch.stack([mlp(p.at(f"output_hypernetworks_mlps.{i}."), tokens[:, 1 + i], 3) for i in range(masks)], 1)
    folded = weights @ mixed.reshape(batch, weights.shape[2], -1) + p("mask_bias")[None, :, None]
    maps = F.pixel_shuffle(folded.reshape(batch * masks, 16, 4 * side, 4 * side), 4)
    seen = torch.cat([tokens[:, masks + 1], image.mean(1)], 1)
    return {
        "lowResLogits": maps.reshape(batch, masks, 16 * side, 16 * side),
        "predictedIou": mlp(p.at("iou_prediction_head."), tokens[:, 0], 3),
        "presenceLogits": mlp(p.at("presence_head."), seen, 2)[:, 0],
    }
