"""PyTorch's side of the bench `train-bundle-tiny`: the joint step of the same architecture on the same batches.

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
import tiny_model as tiny


def weighted_mean(values, weights):
    return (values * weights).sum() / weights.sum().clamp_min(1e-6)


def mask_terms(logits, target):
    """[n,M,h,w] against [n,1,h,w]: BCE, squared-form Dice and soft IoU a mask."""
    logits, target = logits.flatten(2), target.flatten(2)
    prob = torch.sigmoid(logits)
    both = (prob * target).sum(2)
    dice = 1 - (2 * both + 1e-6) / (prob.square().sum(2) + target.square().sum(2) + 1e-6)
    union = prob.sum(2) + target.sum(2) - both
    bce = (F.softplus(logits) - logits * target).mean(2)
    return bce, dice, (both + 1e-6) / (union + 1e-6)


def prior_loss(similarity, target, scale, bias, asked, present):
    side = int(similarity.shape[1] ** 0.5)
    grid = F.avg_pool2d(target, target.shape[-1] // side)
    logits = (similarity * scale.exp() + bias).reshape(-1, 1, side, side)
    bce, dice, _ = mask_terms(logits, grid)
    return 0.5 * weighted_mean(bce[:, 0], asked) + 0.25 * weighted_mean(dice[:, 0], asked * present)


def top_cells(similarity, operator, content, top, prompt_side, values):
    """Hard selection of the `top` cells, painted on the prompt mask; no gradient."""
    with torch.no_grad():
        low, high = similarity.amin(1, keepdim=True), similarity.amax(1, keepdim=True)
        cells = ((similarity - low) / (high - low).clamp_min(1e-12)) @ operator.T
        cells = torch.where(content > 0, cells, torch.full_like(cells, -1e9))
        least = cells.topk(top, 1).values[:, -1:]
        chosen = ((cells >= least) & (content > 0)).float()
        side = int(chosen.shape[1] ** 0.5)
        painted = F.interpolate(chosen.reshape(-1, 1, side, side), size=(prompt_side, prompt_side), mode="nearest")
        return values[0] + (values[1] - values[0]) * painted


class Step:
    def __init__(self, weights, config):
        self.config = config
        self.table = {k: torch.from_numpy(v) for k, v in safetensors_io.load(weights).items()}
        decayed, plain = [], []
        for name, tensor in self.table.items():
            if name not in config["trainable"]:
                continue
            if tensor.ndim == 4:
                tensor = tensor.to(memory_format=torch.channels_last)
            self.table[name] = tensor.requires_grad_(True)
            scaled = config["lrScale"].get(name, 1.0)
            (decayed if name in config["decayed"] else plain).append((self.table[name], scaled))
        groups = {}
        for members, decay in ((decayed, config["weightDecay"]), (plain, 0.0)):
            for tensor, scale in members:
                groups.setdefault((scale, decay), []).append(tensor)
        self.scales = [scale for scale, _ in groups]
        params = [{"params": tensors, "weight_decay": decay} for (_, decay), tensors in groups.items()]
        betas = (config["beta1"], config["beta2"])
        self.optimizer = torch.optim.AdamW(params, lr=1.0, betas=betas, eps=config["eps"], foreach=True)
        self.all = [tensor for group in params for tensor in group["params"]]

    def part(self, role):
        return tiny.Scope(self.table, self.config["parts"][role] + ".")

    def loss(self, batch):
        c, aux = self.config, tiny.Scope(self.table, "aux.")
        images, present, target = batch["image"].shape[0], batch["present"], batch["maskTarget"]
        features = tiny.trunk(self.part("imageEncoder"), batch["image"].to(memory_format=torch.channels_last))
        spoken = tiny.language_model(self.part("lvlm"), features["stride16"], batch, c["sizes"])
        tokens = spoken["imageTokens"]
        has = batch["segPresent"].reshape(images, -1)
        asked = spoken["segEmbeddings"].reshape(images, has.shape[1], -1)
        learned = F.embedding(batch["targetIds"].long(), aux("target_embedding"))
        prompt = asked[:, 0] * has[:, :1] + learned * (1 - has[:, :1])
        similarity = (tokens @ prompt[:, :, None])[:, :, 0]
        p = c["prior"]
        prior = top_cells(similarity, batch["priorOperator"], batch["contentMask"], p["topN"], p["promptSide"], p["values"])
        dense = tiny.mask_prompt(self.part("promptEncoder"), prior)
        decoded = tiny.decode(self.part("maskDecoder"), features, prompt[:, None], dense)
        bce, dice, iou = mask_terms(decoded["lowResLogits"], target)
        each = bce + dice * present[:, None]
        many = asked.shape[1]
        repeat = lambda x: x.repeat_interleave(many, 0)
        every = (asked @ tokens.transpose(1, 2)).reshape(images * many, -1)
        pooled = (batch["poolWeights"][:, None] @ tokens)[:, 0]
        heads = F.linear(pooled, aux("token_diagnosis.weight"), aux("token_diagnosis.bias"))
        label_loss = F.cross_entropy(spoken["logits"], batch["labels"].long(), reduction="none")
        diagnosis = F.cross_entropy(heads, batch["diagnosisIds"].long(), reduction="none", label_smoothing=0.05)
        terms = {
            "bce": bce[:, 0].mean(),
            "dice": weighted_mean(dice[:, 0], present),
            "bestOfMany": each[:, 1:].amin(1).mean(),
            "predictedIou": weighted_mean((decoded["predictedIou"] - iou.detach()).square().mean(1), present),
            "presence": F.binary_cross_entropy_with_logits(decoded["presenceLogits"], present),
            "diagnosis": weighted_mean(diagnosis, batch["diagnosisWeights"]),
            "text": weighted_mean(label_loss, batch["labelWeights"]),
            "prior": prior_loss(every, repeat(target), aux("prior.log_scale"), aux("prior.bias"), has.flatten(), repeat(present)),
        }
        return sum(weight * terms[name] for name, weight in c["losses"].items() if weight > 0 and name in terms)

    def run(self, batch, lr):
        for group, scale in zip(self.optimizer.param_groups, self.scales):
            group["lr"] = lr * scale
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.all, self.config["clip"])
        self.optimizer.step()
        return float(loss)


def main():
    step, batches = None, {}
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
            start = time.perf_counter()
            loss = step.run(batch, command["lr"])
            rss = int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1024
            answer = {"ms": (time.perf_counter() - start) * 1000, "loss": loss, "peakRssMb": rss}
        print(json.dumps(answer), flush=True)


main()
