"""Writes packages/testing/fixtures/torch-pickle/tiny: `/usr/bin/python3 tools/parity/make-torch-fixture.py <parity folder>`.

Small files of torch.save with every element type, strides and shared storages, and beside them what they hold as
safetensors (paths joined by `/`, contiguous). The files under refuse/ are copies of the small ones of the full case.
"""
import collections
import json
import os
import shutil
import struct
import sys

import torch

folder = os.path.join(os.path.dirname(__file__), '../../packages/testing/fixtures/torch-pickle/tiny')
names = {
    torch.float64: 'F64', torch.float32: 'F32', torch.float16: 'F16', torch.bfloat16: 'BF16', torch.int64: 'I64',
    torch.int32: 'I32', torch.int16: 'I16', torch.int8: 'I8', torch.uint8: 'U8', torch.bool: 'BOOL',
}


def content():
    torch.manual_seed(7)
    base = torch.arange(24, dtype=torch.float32)
    grid = base.reshape(4, 6)
    return {
        'epoch': 3, 'name': 'tiny α', 'betas': (0.9, 0.95), 'flag': True, 'nothing': None, 'big': 2**40, 'huge': -2**70,
        'state_dict': torch.nn.Linear(3, 2).state_dict(),
        'dtypes': {str(t).split('.')[1]: torch.tensor([1, 0, 3]).to(t) for t in names},
        'shared': {'all': base, 'grid': grid, 'tail': base[20:]},
        'strided': {
            'transposed': grid.t(), 'columns': grid[:, ::2], 'offset': grid[2:, 1:3], 'expanded': base[:2].expand(3, 2),
            'half': grid.half().t(), 'permuted': base.reshape(2, 3, 4).permute(2, 0, 1),
        },
        'edge': {'scalar': torch.tensor(1.5), 'empty': torch.zeros(0, 3), 'nan': torch.tensor([float('nan'), -0.0])},
        'parameter': torch.nn.Parameter(torch.ones(2, 2)),
        'list': [torch.ones(2), {'deep': torch.zeros(1)}, 'text'],
    }


def walk(value, path, tensors):
    """Collects tensors; returns everything else as JSON."""
    if isinstance(value, torch.Tensor):
        tensors[path] = value.detach().contiguous()
        return None
    below = lambda key: f'{path}/{key}' if path else str(key)
    if isinstance(value, dict):
        plain = {key: walk(item, below(key), tensors) for key, item in value.items()}
        return {k: v for k, v in plain.items() if not isinstance(value[k], torch.Tensor)}
    if isinstance(value, (list, tuple)):
        return [walk(item, below(i), tensors) for i, item in enumerate(value)]
    return value


def bytes_of(tensor):
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def write_safetensors(path, tensors):
    header, data = {}, b''
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        raw = bytes_of(tensor)
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {'dtype': names[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': offsets}
        data += raw
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data)


os.makedirs(os.path.join(folder, 'refuse'), exist_ok=True)
value = content()
torch.save(value, os.path.join(folder, 'rich.zip.pth'))
torch.save(value, os.path.join(folder, 'rich.legacy.pth'), _use_new_zipfile_serialization=False)
tensors = {}
metadata = walk(value, '', tensors)
metadata.pop('huge')
write_safetensors(os.path.join(folder, 'rich.expected.safetensors'), tensors)
source = os.path.join(sys.argv[1], 'torch-pickle/base/refuse')
kept = [name for name in sorted(os.listdir(source)) if os.path.getsize(os.path.join(source, name)) < 4096]
for name in kept:
    shutil.copy(os.path.join(source, name), os.path.join(folder, 'refuse', name))
described = json.load(open(os.path.join(sys.argv[1], 'torch-pickle/base/config.json')))['refuse']
config = {
    'case': 'torch-pickle', 'variant': 'tiny', 'files': {'rich.zip.pth': 'zip form', 'rich.legacy.pth': 'legacy form'},
    'refuse': {name: described[name] for name in kept}, 'rich_metadata': metadata, 'tolerance': 'bit-exact',
    'torch': torch.__version__,
}
with open(os.path.join(folder, 'config.json'), 'w') as file:
    json.dump(config, file, indent=1)
    file.write('\n')
