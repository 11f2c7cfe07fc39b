"""PyTorch's side of the training-step benches: the same architectures on the same weights and batches.

Reads commands from stdin, one JSON object a line, and answers each with one JSON line:
  {"facts": true}  {"load": weights, "config": {...}}  {"step": batch, "lr": rate}  {"dump": file}
"""
import json
import os
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


def attention(q, k, v):
    weights = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2), -1)
    return weights @ v


def vit_block(p, x, heads):
    batch, tokens, width = x.shape
    joint = linear(p, "qkv", norm(p, "norm1", x)).reshape(batch, tokens, 3, heads, width // heads)
    q, k, v = joint.permute(2, 0, 3, 1, 4).unbind(0)
    x = x + linear(p, "proj", attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width))
    return x + linear(p, "mlp2", F.gelu(linear(p, "mlp1", norm(p, "norm2", x))))


def vit_encoder(p, image, heads=5, depth=6, patch=16):
    x = F.conv2d(image, p("patch.weight"), p("patch.bias"), stride=patch).flatten(2).transpose(1, 2)
    x = x + p("positions")
    for i in range(depth):
        x = vit_block(p.at(f"blocks.{i}."), x, heads)
    return linear(p, "neck", norm(p, "norm", x))


def attend(p, q, k, v, heads=4):
    def split(name, x):
        return linear(p, name, x).reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)

    seen = attention(split("q", q), split("k", k), split("v", v))
    return linear(p, "out", seen.transpose(1, 2).reshape(q.shape))


def two_way(p, tokens, image):
    t = norm(p, "norm1", tokens + attend(p.at("self."), tokens, tokens, tokens))
    t = norm(p, "norm2", t + attend(p.at("toImage."), t, image, image))
    t = norm(p, "norm3", t + linear(p, "mlp2", F.relu(linear(p, "mlp1", t))))
    return t, norm(p, "norm4", image + attend(p.at("toTokens."), image, t, t))


def vit_decoder(p, image, prompts):
    batch, count, width = image.shape
    side = int(count**0.5)
    tokens = torch.cat([p("maskToken")[None].expand(batch, 1, width), prompts], 1)
    for i in range(2):
        tokens, image = two_way(p.at(f"two.{i}."), tokens, image)
    x = image.transpose(1, 2).reshape(batch, width, side, side)
    x = F.gelu(F.conv_transpose2d(x, p("up1.weight"), p("up1.bias"), stride=2))
    x = F.gelu(F.conv_transpose2d(x, p("up2.weight"), p("up2.bias"), stride=2))
    hyper = linear(p, "hyper2", F.relu(linear(p, "hyper1", tokens[:, 0])))
    return (hyper[:, None] @ x.flatten(2)).reshape(batch, 1, 4 * side, 4 * side)


def vit_loss(p, batch):
    logits = vit_decoder(p, vit_encoder(p, batch["image"]), batch["prompts"]).flatten(1)
    target = batch["mask"].flatten(1)
    prob = torch.sigmoid(logits)
    dice = 1 - (2 * (prob * target).sum(1) + 1) / (prob.sum(1) + target.sum(1) + 1)
    return F.binary_cross_entropy_with_logits(logits, target) + dice.mean()


def group_norm(p, name, x):
    return F.group_norm(x, 8, p(name + ".weight"), p(name + ".bias"), 1e-5)


def conv(p, name, x, padding):
    return F.conv2d(x, p(name + ".weight"), p(name + ".bias"), padding=padding)


def residual(p, x):
    inner = F.relu(group_norm(p, "norm1", conv(p, "conv1", x, 1)))
    return F.relu(x + group_norm(p, "norm2", conv(p, "conv2", inner, 1)))


def conv_loss(p, batch):
    x = batch["pixels"].to(memory_format=torch.channels_last)
    for stage in range(3):
        x = conv(p, f"stage{stage}.enter", x if stage == 0 else F.pixel_unshuffle(x, 2), 0)
        for i in range(2):
            x = residual(p.at(f"stage{stage}.{i}."), x)
    return F.binary_cross_entropy_with_logits(conv(p, "head", x, 0), batch["mask"])


LOSSES = {"vit": vit_loss, "conv": conv_loss}


class Step:
    def __init__(self, weights, config):
        self.loss_of, self.clip = LOSSES[config["model"]], config["clip"]
        self.table = {}
        groups = {True: [], False: []}
        for name, array in safetensors_io.load(weights).items():
            tensor = torch.from_numpy(array)
            if config["model"] == "conv" and tensor.ndim == 4:
                tensor = tensor.to(memory_format=torch.channels_last)
            self.table[name] = tensor.requires_grad_(True)
            groups[name in config["decayed"]].append(tensor)
        params = [
            {"params": groups[True], "weight_decay": config["weightDecay"]},
            {"params": groups[False], "weight_decay": 0.0},
        ]
        betas = (config["beta1"], config["beta2"])
        self.optimizer = torch.optim.AdamW(params, lr=1.0, betas=betas, eps=config["eps"], foreach=True)
        self.all = groups[True] + groups[False]

    def run(self, batch, lr):
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(Scope(self.table), batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.all, self.clip)
        self.optimizer.step()
        return float(loss)


def main():
    step = None
    for line in sys.stdin:
        command = json.loads(line)
        if "facts" in command:
            answer = fitness.facts()
        elif "load" in command:
            step = Step(command["load"], command["config"])
            answer = {"ok": True}
        elif "dump" in command:
            safetensors_io.save(command["dump"], {k: v.detach().contiguous().numpy() for k, v in step.table.items()})
            answer = {"ok": True}
        else:
            batch = {k: torch.from_numpy(v) for k, v in safetensors_io.load(command["step"]).items()}
            start, cpu = time.perf_counter(), time.process_time()
            loss = step.run(batch, command["lr"])
            ms, cpu_ms = (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000
            rss = int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1024
            answer = {"ms": ms, "loss": loss, "cpuMs": cpu_ms, "peakRssMb": rss}
        print(json.dumps(answer), flush=True)


main()
