"""RVLS2M of the published method in plain PyTorch, written from its description: from projected image tokens to the prompt mask."""
import json
import sys
import time

import fitness
import safetensors_io
import torch
import torch.nn.functional as F

MAP_SIDE = 336


def prompt_mask(tokens, seg, height, width, grid, top, prompt_side):
    side = int(tokens.shape[0] ** 0.5)
    similarity = (tokens @ seg).reshape(1, 1, side, side)
    normalised = (similarity - similarity.min()) / (similarity.max() - similarity.min())
    scaled = F.interpolate(normalised, (MAP_SIDE, MAP_SIDE), mode="bilinear", align_corners=False)
    scale = MAP_SIDE / min(height, width)
    rows, columns = (int(height * scale) - MAP_SIDE) // 2, (int(width * scale) - MAP_SIDE) // 2
    padded = F.pad(scaled, (columns, columns, rows, rows))
    over_image = F.interpolate(padded, (height, width), mode="bilinear", align_corners=False)[0, 0]
    cell_rows, cell_columns = height // grid, width // grid
    means = []
    for row in range(grid):
        for column in range(grid):
            cell = over_image[
                row * cell_rows : (row + 1) * cell_rows, column * cell_columns : (column + 1) * cell_columns
            ]
            means.append((cell.mean().item(), row, column))
    means.sort(key=lambda cell: -cell[0])
    image_mask = torch.zeros(height, width)
    mask = torch.zeros(prompt_side, prompt_side)
    size = prompt_side // grid
    for _, row, column in means[:top]:
        image_mask[row * cell_rows : (row + 1) * cell_rows, column * cell_columns : (column + 1) * cell_columns] = 255
        mask[row * size : (row + 1) * size, column * size : (column + 1) * size] = 1
    return mask


def main():
    torch.set_grad_enabled(False)
    for line in sys.stdin:
        command = json.loads(line)
        if "facts" in command:
            answer = fitness.facts()
        else:
            inputs = {k: torch.from_numpy(v) for k, v in safetensors_io.load(command["inputs"]).items()}
            start = time.perf_counter()
            mask = prompt_mask(inputs["tokens"], inputs["seg"], **command["sizes"])
            answer = {"ms": (time.perf_counter() - start) * 1000, "inside": mask.flatten().nonzero().flatten().tolist()}
        print(json.dumps(answer), flush=True)


main()
