"""More wrong implementations than the grader names: each must lose points.

The ones that the grader names are in the exercises themselves (`Exercise.misconceptions`). These
come from other angles: the same mistakes written differently (second entry: the name they must
get), and mistakes of craft that happen in every exercise.
"""

import random

import torch
import torch.nn.functional as F


def _l2_loop_over_columns(x, eps=1e-12):
    y = x.clone()
    for j in range(x.shape[1]):
        y[:, j] = x[:, j] / x[:, j].norm().clamp_min(eps)
    return y


def _l2_writes_row_by_row(x, eps=1e-12):
    for i in range(len(x)):
        x[i] = x[i] / x[i].norm().clamp_min(eps)
    return x


def _l2_prints_and_forgets(x, eps=1e-12):
    print(F.normalize(x))


def _cosine_by_numpy(a, b):
    return torch.from_numpy((F.normalize(a) @ F.normalize(b).T).detach().numpy())


def _cosine_through_list(a, b):
    return torch.tensor((F.normalize(a) @ F.normalize(b).T).tolist())


def _cosine_mask_on_cpu(a, b):
    s = F.normalize(a) @ F.normalize(b).T
    return s * torch.ones(s.shape, dtype=s.dtype)


def _distance_expanded_then_root(a, b):
    return ((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T).clamp_min(0).sqrt()


def _top_k_unsorted(q, keys, k):
    return (F.normalize(q) @ F.normalize(keys).T).topk(k).indices.sort(dim=1).values


def _top_k_on_raw_queries_and_keys(queries, keys, k):
    return torch.argsort(queries @ keys.T, dim=1, descending=True)[:, :k]


def _knn_mode(train_x, train_y, test_x, k=20, temperature=0.1):
    near = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1).indices
    return torch.stack([train_y[row].bincount().argmax() for row in near])


def _knn_overwrites_in_a_loop(train_x, train_y, test_x, k=20, temperature=0.1):
    near, where = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1)
    weights = torch.softmax(near / temperature, 1)
    votes = torch.zeros(len(test_x), int(train_y.max()) + 1, dtype=near.dtype)
    for i in range(len(test_x)):
        for j in range(k):
            votes[i, train_y[where[i, j]]] = weights[i, j]
    return votes.argmax(1)


def _pairs_python_random(labels, generator):
    n = len(labels)
    if n < 2:
        raise ValueError("too few")
    b = []
    for i in range(n):
        mates = [j for j in range(n) if labels[j] == labels[i] and j != i]
        others = [j for j in range(n) if labels[j] != labels[i]]
        pool = (mates or others) if random.random() < 0.5 else (others or mates)
        b.append(random.choice(pool))
    b = torch.tensor(b)
    return torch.arange(n), b, labels == labels[b]


def _pairs_random_first_index(labels, generator):
    n = len(labels)
    a = torch.randint(n, (n,), generator=generator)
    b = torch.randint(n, (n,), generator=generator)
    return a, b, labels[a] == labels[b]


def _pairs_waits_forever(labels, generator):
    b = []
    for i in range(len(labels)):
        want = int(labels[i]) if torch.rand((), generator=generator) < 0.5 else 1 - int(labels[i])
        while True:
            j = int(torch.randint(len(labels), (), generator=generator))
            if labels[j] == want and j != i:
                break
        b.append(j)
    b = torch.tensor(b)
    return torch.arange(len(labels)), b, labels == labels[b]


def _margin_second_detached(z1, z2, same, margin=1.0):
    d = (z1 - z2.detach()).norm(dim=1)
    s = same.to(d.dtype)
    return (s * d**2 + (1 - s) * F.relu(margin - d) ** 2).mean()


def _margin_as_number(z1, z2, same, margin=1.0):
    d = (z1 - z2).norm(dim=1)
    s = same.to(d.dtype)
    return (s * d**2 + (1 - s) * F.relu(margin - d) ** 2).mean().item()


def _margin_swapped_by_where(z1, z2, same, margin=1.0):
    d = F.pairwise_distance(z1, z2)
    return torch.where(same.bool(), F.relu(margin - d) ** 2, d**2).mean()


def _margin_one_norm(z1, z2, same, margin=1.0):
    d = (z1 - z2).norm()
    s = same.to(d.dtype)
    return (s * d**2 + (1 - s) * F.relu(margin - d) ** 2).mean()


def _triplet_from_library_with_squares(a, p, n, margin=1.0):
    return F.triplet_margin_with_distance_loss(
        a, p, n, distance_function=lambda x, y: (x - y).pow(2).sum(1), margin=margin
    )


def _triplet_detached_negative(a, p, n, margin=1.0):
    return F.triplet_margin_loss(a, p, n.detach(), margin=margin)


def _hard_detached_distances(z, labels, margin=1.0):
    d = torch.cdist(z, z).detach()
    equal = labels[:, None] == labels[None]
    positive = equal & ~torch.eye(len(z), dtype=torch.bool)
    valid = positive.any(1) & (~equal).any(1)
    p = d.masked_fill(~positive, -torch.inf).amax(1)
    n = d.masked_fill(equal, torch.inf).amin(1)
    return F.relu(p - n + margin)[valid].mean() + 0 * z.sum()


def _hard_empty_mean(z, labels, margin=1.0):
    d = torch.cdist(z, z)
    equal = labels[:, None] == labels[None]
    positive = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    valid = positive.any(1) & (~equal).any(1)
    p = d.masked_fill(~positive, -torch.inf).amax(1)
    n = d.masked_fill(equal, torch.inf).amin(1)
    return F.relu(p - n + margin)[valid].mean()


def _hard_zero_without_gradient(z, labels, margin=1.0):
    loss = _hard_empty_mean(z, labels, margin)
    return torch.tensor(0.0) if loss.isnan() else loss


def _hard_eye_on_cpu(z, labels, margin=1.0):
    d = (z[:, None] - z[None]).norm(dim=2)
    equal = labels[:, None] == labels[None]
    positive = equal & ~torch.eye(len(z), dtype=torch.bool)
    valid = (positive.any(1) & (~equal).any(1)).to(z.dtype)
    p = (d * positive).amax(1)
    n = d.masked_fill(equal, torch.finfo(d.dtype).max).amin(1)
    return (F.relu(p - n.clamp_max(1e4) + margin) * valid).sum() / valid.sum().clamp_min(1)


WRONG = {
    "l2_normalize": {
        "columns, one by one": (_l2_loop_over_columns, "normalizes_columns"),
        "in place, row by row": (_l2_writes_row_by_row, "changes_its_input"),
        "detached": (lambda x, eps=1e-12: F.normalize(x).detach(), "gradient_cut"),
        "no return": (_l2_prints_and_forgets, "returns_nothing"),
        "float32 always": (lambda x, eps=1e-12: F.normalize(x.float()), "wrong_dtype"),
        "twice as long": (lambda x, eps=1e-12: 2 * F.normalize(x), "constant_factor"),
        "zeros": (lambda x, eps=1e-12: torch.zeros_like(x), None),
        "as it came": (lambda x, eps=1e-12: x, None),
        "functional, wrong dim": (lambda x, eps=1e-12: F.normalize(x, dim=0), "normalizes_columns"),
    },
    "cosine_similarity_matrix": {
        "numpy detour": (_cosine_by_numpy, "gradient_cut"),
        "through a list": (_cosine_through_list, None),
        "mask on the CPU": (_cosine_mask_on_cpu, "wrong_device"),
        "einsum, not normalised": (
            lambda a, b: torch.einsum("nd,md->nm", a, b),
            "not_normalized",
        ),
        "random": (lambda a, b: torch.rand(len(a), len(b), dtype=a.dtype), None),
        "softmax of it": (lambda a, b: (F.normalize(a) @ F.normalize(b).T).softmax(1), None),
    },
    "squared_distance_matrix": {
        "root after the clamp": (_distance_expanded_then_root, None),
        "detached b": (lambda a, b: torch.cdist(a, b.detach()) ** 2, "gradient_cut"),
        "half": (lambda a, b: torch.cdist(a, b) ** 2 / 2, "constant_factor"),
    },
    "top_k_neighbours": {
        "sorted by position": (_top_k_unsorted, None),
        "argsort of dot products": (_top_k_on_raw_queries_and_keys, "raw_dot_product"),
        "random": (lambda q, x, k: torch.randint(len(x), (len(q), k)), None),
        "the first k": (lambda q, x, k: torch.arange(k).expand(len(q), k), None),
    },
    "knn_classify": {
        "majority": (_knn_mode, "unweighted"),
        "overwriting loop": (_knn_overwrites_in_a_loop, "last_vote_overwrites"),
        "always class 0": (
            lambda x, y, test, k=20, temperature=0.1: torch.zeros(len(test), dtype=torch.long),
            None,
        ),
    },
    "make_pairs": {
        "Python's random": (_pairs_python_random, "ignores_generator"),
        "any index as a": (_pairs_random_first_index, None),
        "waits forever": (_pairs_waits_forever, "other_class_is_one_minus_label"),
        "two results": (lambda y, g: (torch.arange(len(y)), torch.randperm(len(y))), None),
    },
    "contrastive_margin_loss": {
        "second view detached": (_margin_second_detached, "gradient_cut"),
        "a Python number": (_margin_as_number, None),
        "swapped by where": (_margin_swapped_by_where, "labels_swapped"),
        "one norm for the batch": (_margin_one_norm, None),
        "doubled": (
            lambda z1, z2, same, margin=1.0: 2 * torch.where(
                same.bool(), (z1 - z2).norm(dim=1) ** 2,
                F.relu(margin - (z1 - z2).norm(dim=1)) ** 2).mean(),
            "constant_factor",
        ),
        "zero": (lambda z1, z2, same, margin=1.0: z1.sum() * 0, None),
    },
    "triplet_loss": {
        "library with squares": (_triplet_from_library_with_squares, "squared_distances"),
        "negative detached": (_triplet_detached_negative, "gradient_cut"),
        "margin 1 by default only": (lambda a, p, n, margin=1.0: F.triplet_margin_loss(a, p, n),
                                     "margin_ignored"),
        "swap": (lambda a, p, n, margin=1.0: F.triplet_margin_loss(a, p, n, margin, swap=True),
                 None),
        "zero": (lambda a, p, n, margin=1.0: a.sum() * 0, None),
    },
    "batch_hard_triplet_loss": {
        "detached distances": (_hard_detached_distances, None),
        "mean of nothing": (_hard_empty_mean, None),
        "zero without gradient": (_hard_zero_without_gradient, None),
        "eye on the CPU": (_hard_eye_on_cpu, "wrong_device"),
        "zero": (lambda z, y, margin=1.0: z.sum() * 0, None),
    },
}  # fmt: skip
