"""PyTorch's side of the sam-encoder bench: SAM's image encoder under official parameter names, no_grad.

Reads commands from stdin, one JSON object a line, and answers each with one JSON line:
  {"facts": true}  {"load": weights, "config": {...}}  {"image": file, "dump": file or null}  {"form": name or null}
"""
import json
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fitness
import safetensors_io
from tiny_model import Scope

EPS = 1e-6


def linear(p, name, x):
    return F.linear(x, p(name + ".weight"), p(name + ".bias"))


def norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p(name + ".weight"), p(name + ".bias"), EPS)


def distances(table, side):
    at = torch.arange(side)
    return table[at[:, None] - at[None, :] + side - 1]


def attend_at_once(q, k, v, vertical, horizontal):
    """All heads and windows in one product; sums and softmax in place where PyTorch has them."""
    scores = torch.baddbmm(q.new_empty(1, 1, 1), q * q.shape[-1] ** -0.5, k.transpose(1, 2), beta=0)
    side = vertical.shape[-1]
    grid = scores.view(scores.shape[0], side * side, side, side)
    grid += vertical[..., :, None]
    grid += horizontal[..., None, :]
    return torch.bmm(torch.softmax(scores, -1), v)


def attend_in_parts(q, k, v, vertical, horizontal, rows=512):
    """Some queries of one head at a time, so that their scores stay near the processor."""
    out = torch.empty_like(q)
    for i in range(q.shape[0]):
        for at in range(0, q.shape[1], rows):
            part = slice(at, at + rows)
            one = [x[i : i + 1, part] for x in (q, vertical, horizontal)]
            out[i : i + 1, part] = attend_rows(one[0], k[i : i + 1], v[i : i + 1], one[1], one[2])
    return out


def attend_rows(q, k, v, vertical, horizontal):
    scores = torch.bmm(q * q.shape[-1] ** -0.5, k.transpose(1, 2))
    side = vertical.shape[-1]
    grid = scores.view(scores.shape[0], -1, side, side)
    grid += vertical[..., :, None]
    grid += horizontal[..., None, :]
    return torch.bmm(torch.softmax(scores, -1), v)


# Global attention in one piece (as the official code has it), or in parts.
FORMS = {"at once": attend_at_once, "in parts": attend_in_parts}


def attention(p, x, heads, form):
    count, side, _, width = x.shape
    joint = linear(p, "qkv", x).view(count, side * side, 3, heads, width // heads)
    q, k, v = joint.permute(2, 0, 3, 1, 4).reshape(3, count * heads, side * side, width // heads).unbind(0)
    grid = q.view(count * heads, side, side, -1)
    vertical = torch.einsum("bhwc,hkc->bhwk", grid, distances(p("rel_pos_h"), side)).flatten(1, 2)
    horizontal = torch.einsum("bhwc,wkc->bhwk", grid, distances(p("rel_pos_w"), side)).flatten(1, 2)
    seen = (FORMS[form] if count == 1 else attend_at_once)(q, k, v, vertical, horizontal)
    joined = seen.view(count, heads, side, side, -1).permute(0, 2, 3, 1, 4).reshape(x.shape)
    return linear(p, "proj", joined)


def to_windows(x, side):
    batch, height, width, channels = x.shape
    x = F.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    rows, columns = x.shape[1] // side, x.shape[2] // side
    x = x.view(batch, rows, side, columns, side, channels).transpose(2, 3)
    return x.reshape(-1, side, side, channels)


def from_windows(x, height, width):
    side, channels = x.shape[1], x.shape[3]
    rows, columns = -(-height // side), -(-width // side)
    x = x.view(-1, rows, columns, side, side, channels).transpose(2, 3)
    return x.reshape(-1, rows * side, columns * side, channels)[:, :height, :width]


def block(p, x, config, window, form):
    y = norm(p, "norm1", x)
    if window:
        y = from_windows(attention(p.at("attn."), to_windows(y, window), config["heads"], form), *x.shape[1:3])
    else:
        y = attention(p.at("attn."), y, config["heads"], form)
    x = x + y
    return x + linear(p, "mlp.lin2", F.gelu(linear(p, "mlp.lin1", norm(p, "norm2", x))))


def channel_norm(p, name, x):
    return norm(p, name, x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def encode(p, image, config, form):
    x = F.conv2d(image, p("patch_embed.proj.weight"), p("patch_embed.proj.bias"), stride=config["patchPx"])
    x = x.permute(0, 2, 3, 1) + p("pos_embed")
    for i in range(config["depth"]):
        window = 0 if i in config["globalBlocks"] else config["windowSide"]
        x = block(p.at(f"blocks.{i}."), x, config, window, form)
    x = F.conv2d(x.permute(0, 3, 1, 2), p("neck.0.weight"))
    x = F.conv2d(channel_norm(p, "neck.1", x), p("neck.2.weight"), padding=1)
    return channel_norm(p, "neck.3", x)


def tensors(path):
    return {name: torch.from_numpy(array) for name, array in safetensors_io.load(path).items()}


class Encoder:
    def __init__(self, weights, config):
        self.p, self.config, self.form = Scope(tensors(weights)), config, "at once"

    def run(self, path, dump):
        image = tensors(path)["image"]
        start = time.perf_counter()
        with torch.no_grad():
            embedding = encode(self.p, image, self.config, self.form)
        ms = (time.perf_counter() - start) * 1000
        if dump:
            safetensors_io.save(dump, {"embedding": embedding.contiguous().numpy()})
        return {"ms": ms, "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main():
    encoder = None
    for line in sys.stdin:
        command = json.loads(line)
        if "facts" in command:
            answer = fitness.facts()
        elif "load" in command:
            encoder = Encoder(command["load"], command["config"])
            answer = {"forms": list(FORMS)}
        elif "form" in command:
            encoder.form = command["form"]
            answer = {"form": encoder.form}
        else:
            answer = encoder.run(command["image"], command.get("dump"))
        print(json.dumps(answer), flush=True)


main()
