"""Right implementations in many styles. Every one of them must get full marks.

Signatures and names differ on purpose: students rename arguments, loop, take detours.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.neighbors import NearestNeighbors
from torch import einsum, nn

# --- l2_normalize ---------------------------------------------------------------------------


def l2_by_rows(x, eps=1e-12):
    return torch.stack([row / row.norm().clamp_min(eps) for row in x])


def l2_by_where(vectors, eps=1e-12):
    lengths = torch.sqrt((vectors**2).sum(-1, keepdim=True))
    safe = torch.where(lengths > eps, lengths, torch.ones_like(lengths))
    return vectors / safe


def l2_in_double(x, eps=1e-12):
    y = x.double()
    return (y / y.norm(dim=-1, keepdim=True).clamp(min=eps)).to(x.dtype)


class L2Normalizer:
    """An object that can be called is as good as a function."""

    def __call__(self, x, eps=1e-12):
        return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min(eps)


def l2_annotated(x: torch.Tensor, eps: float = 1e-12) -> torch.Tensor:
    # 每一行除以它的长度
    长度 = x.pow(2).sum(dim=1).add(eps**2).sqrt()
    return x / 长度.unsqueeze(1)


L2_NORMALIZE = {
    "functional": lambda x, eps=1e-12: F.normalize(x, p=2.0, dim=1, eps=eps),
    "functional with one argument": lambda x: F.normalize(x),
    "norm and clamp": lambda x, eps=1e-12: x / x.norm(dim=-1, keepdim=True).clamp_min(eps),
    "rsqrt": lambda x, eps=1e-12: x * torch.rsqrt(x.square().sum(1, keepdim=True) + eps**2),
    "einsum": lambda x, eps=1e-12: x / einsum("nd,nd->n", x, x).sqrt().clamp_min(eps)[:, None],
    "maximum": lambda x, eps=1e-12: (
        x / torch.maximum(torch.linalg.vector_norm(x, dim=1, keepdim=True), x.new_tensor(eps))
    ),
    "length plus eps": lambda x, eps=1e-12: x / (x.norm(dim=1, keepdim=True) + eps),
    "transposed twice": lambda x, eps=1e-12: (x.T / x.norm(dim=1).clamp_min(eps)).T,
    "loop over rows": l2_by_rows,
    "where": l2_by_where,
    "float64 inside": l2_in_double,
    "a class": L2Normalizer(),
    "Chinese comments": l2_annotated,
}

# --- cosine_similarity_matrix ---------------------------------------------------------------


def cosine_from_distance(a, b):
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    return 1 - torch.cdist(a, b) ** 2 / 2


def cosine_by_linear(left, right):
    return F.linear(F.normalize(left, dim=-1), F.normalize(right, dim=-1))


COSINE = {
    "product of normalised": lambda a, b: F.normalize(a) @ F.normalize(b).T,
    "broadcast": lambda a, b: F.cosine_similarity(a[:, None], b[None], dim=-1),
    "einsum": lambda a, b: einsum("nd,md->nm", F.normalize(a), F.normalize(b)),
    "outer of norms": lambda a, b: (a @ b.T) / torch.outer(a.norm(dim=1), b.norm(dim=1)),
    "from distances": cosine_from_distance,
    "mm and transpose": lambda x, y: torch.mm(F.normalize(x), F.normalize(y).t()),
    "linear": cosine_by_linear,
    "broadcast sum": lambda a, b: (F.normalize(a)[:, None] * F.normalize(b)[None]).sum(-1),
    "norms afterwards": lambda a, b: a @ b.T / a.norm(dim=1)[:, None] / b.norm(dim=1)[None, :],
}


def cosine_double_loop(a, b):
    return torch.stack([torch.stack([x @ y / (x.norm() * y.norm()) for y in b]) for x in a])


def cosine_row_loop(a, b):
    return torch.stack([F.cosine_similarity(row[None], b) for row in a])


# --- squared_distance_matrix ----------------------------------------------------------------


def distance_double_loop(a, b):
    rows = []
    for x in a:
        rows.append(torch.stack([((x - y) ** 2).sum() for y in b]))
    return torch.stack(rows)


def distance_expanded(a, b):
    d = a.pow(2).sum(1, keepdim=True) + b.pow(2).sum(1) - 2 * (a @ b.t())
    return torch.clamp(d, min=0.0)


def distance_chunked(a, b):
    return torch.cat([((part[:, None] - b) ** 2).sum(-1) for part in a.split(2)])


SQUARED_DISTANCE = {
    "broadcast": lambda a, b: (a[:, None] - b[None]).square().sum(-1),
    "expansion, clamped": distance_expanded,
    "expansion, relu": lambda a, b: F.relu(
        (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    ),
    "cdist squared": lambda a, b: torch.cdist(a, b) ** 2,
    "cdist without matrix product": lambda a, b: (
        torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").square()
    ),
    "norm squared": lambda a, b: (a[:, None] - b[None]).norm(dim=2) ** 2,
    "einsum": lambda a, b: (
        lambda diff: einsum("nmd,nmd->nm", diff, diff)
    )(a[:, None] - b[None]),
    "mse without reduction": lambda a, b: F.mse_loss(
        a[:, None].expand(len(a), len(b), -1), b[None].expand(len(a), len(b), -1), reduction="none"
    ).sum(-1),
    "double loop": distance_double_loop,
    "chunks": distance_chunked,
}  # fmt: skip

# --- top_k_neighbours -----------------------------------------------------------------------


def top_k_repeated_argmax(queries, keys, k):
    similarity = F.normalize(queries) @ F.normalize(keys).T
    found = []
    for _ in range(k):
        best = similarity.argmax(1)
        found.append(best)
        similarity = similarity.scatter(1, best[:, None], -torch.inf)
    return torch.stack(found, dim=1)


def top_k_numpy(queries, keys, k):
    q, m = queries.detach().cpu().numpy(), keys.detach().cpu().numpy()
    q = q / np.linalg.norm(q, axis=1, keepdims=True)
    m = m / np.linalg.norm(m, axis=1, keepdims=True)
    return torch.from_numpy(np.argsort(-(q @ m.T), axis=1)[:, :k].copy()).long().to(queries.device)


def top_k_sklearn(queries, keys, k):
    search = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute")
    search.fit(keys.detach().cpu().numpy())
    found = search.kneighbors(queries.detach().cpu().numpy(), return_distance=False)
    return torch.as_tensor(found, dtype=torch.long, device=queries.device)


def top_k_python_sort(queries, keys, k):
    table = (F.normalize(queries) @ F.normalize(keys).T).tolist()
    order = [sorted(range(len(row)), key=lambda j: -row[j])[:k] for row in table]
    return torch.tensor(order, device=queries.device)


TOP_K = {
    "topk": lambda q, x, k: (F.normalize(q) @ F.normalize(x).T).topk(k, dim=1).indices,
    "topk, second of the pair": lambda q, x, k: torch.topk(F.normalize(q) @ F.normalize(x).T, k)[1],
    "only keys normalised": lambda q, x, k: (q @ F.normalize(x).T).topk(k).indices,
    "argsort": lambda q, x, k: (F.normalize(q) @ F.normalize(x).T).argsort(dim=-1, descending=True)[
        :, :k
    ],
    "sort": lambda q, x, k: torch.sort(-(F.normalize(q) @ F.normalize(x).T), dim=1).indices[:, :k],
    "distance of unit vectors": lambda q, x, k: (
        torch.cdist(F.normalize(q), F.normalize(x)).topk(k, largest=False).indices
    ),
    "query by query": lambda q, x, k: torch.stack(
        [F.cosine_similarity(row[None], x).topk(k).indices for row in q]
    ),
    "repeated argmax": top_k_repeated_argmax,
    "numpy": top_k_numpy,
    "scikit-learn": top_k_sklearn,
    "Python's sort": top_k_python_sort,
}

# --- knn_classify ---------------------------------------------------------------------------


def knn_loop(train_x, train_y, test_x, k=20, temperature=0.1):
    answers = []
    for x in test_x:
        cosines = F.cosine_similarity(x[None], train_x)
        near, where = cosines.topk(k)
        votes = {}
        for c, j in zip(near.tolist(), where.tolist(), strict=True):
            label = int(train_y[j])
            votes[label] = votes.get(label, 0.0) + math.exp((c - 1) / temperature)
        answers.append(max(votes, key=votes.get))
    return torch.tensor(answers, device=test_x.device)


def knn_one_hot(train_x, train_y, test_x, k=20, temperature=0.1):
    s = F.normalize(test_x) @ F.normalize(train_x).T
    near, where = s.topk(k, dim=1)
    w = ((near - near.max(1, keepdim=True).values) / temperature).exp()
    votes = (w.unsqueeze(-1) * F.one_hot(train_y)[where]).sum(1)
    return votes.argmax(1)


def knn_class_by_class(train_x, train_y, test_x, k=20, temperature=0.1):
    near, where = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1)
    weights = torch.softmax(near / temperature, dim=1)
    votes = [(weights * (train_y[where] == c)).sum(1) for c in range(int(train_y.max().item()) + 1)]
    return torch.stack(votes, 1).argmax(1)


def knn_in_chunks(train_x, train_y, test_x, k=20, temperature=0.1):
    return torch.cat([knn_one_hot(train_x, train_y, c, k, temperature) for c in test_x.split(7)])


def knn_double(train_x, train_y, test_x, k=20, temperature=0.1):
    train_x, test_x = train_x.double(), test_x.double()
    near, where = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1)
    votes = torch.zeros(
        len(test_x), int(train_y.max()) + 1, dtype=torch.float64, device=test_x.device
    )
    votes.scatter_add_(1, train_y[where], torch.exp(near / temperature))
    return votes.argmax(dim=1)


def knn_index_add(train_x, train_y, test_x, k=20, temperature=0.1):
    near, where = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1)
    weights = torch.softmax(near / temperature, dim=1)
    votes = torch.zeros(len(test_x), int(train_y.max()) + 1, dtype=weights.dtype).to(test_x.device)
    for j in range(k):
        votes[torch.arange(len(test_x)), train_y[where[:, j]]] += weights[:, j]
    return votes.max(dim=1).indices


def _knn_numpy(train_x, train_y, test_x, k=20, temperature=0.1):
    a, y, b = (t.detach().cpu().numpy() for t in (train_x, train_y, test_x))
    a = a.astype(np.float64) / np.linalg.norm(a, axis=1, keepdims=True)
    b = b.astype(np.float64) / np.linalg.norm(b, axis=1, keepdims=True)
    s = b @ a.T
    where = np.argpartition(-s, k - 1, axis=1)[:, :k]
    w = np.exp((np.take_along_axis(s, where, 1) - 1) / temperature)
    votes = np.stack([(w * (y[where] == c)).sum(1) for c in range(y.max() + 1)], 1)
    return votes.argmax(1)


def knn_numpy_tensor(*args):
    return torch.from_numpy(_knn_numpy(*args))


def knn_logsumexp(train_x, train_y, test_x, k=20, temperature=0.1):
    near, where = (F.normalize(test_x) @ F.normalize(train_x).T).topk(k, dim=1)
    logits = []
    for c in torch.arange(int(train_y.max()) + 1, device=test_x.device):
        logits.append((near / temperature).masked_fill(train_y[where] != c, -1e30).logsumexp(1))
    return torch.stack(logits).argmax(0)


KNN = {
    "loop with a dictionary": knn_loop,
    "one-hot": knn_one_hot,
    "class by class": knn_class_by_class,
    "chunks": knn_in_chunks,
    "float64 inside": knn_double,
    "neighbour by neighbour": knn_index_add,
    "numpy, as a tensor": knn_numpy_tensor,
    "numpy, as an array": _knn_numpy,
    "logsumexp": knn_logsumexp,
}

# --- make_pairs -----------------------------------------------------------------------------


def pairs_by_loop(labels, generator):
    n = len(labels)
    if n < 2:
        raise ValueError(f"need at least two samples, got {n}")
    partners = []
    for i in range(n):
        mates = ((labels == labels[i]) & (torch.arange(n) != i)).nonzero().flatten()
        others = (labels != labels[i]).nonzero().flatten()
        want_same = torch.rand((), generator=generator) < 0.5
        if len(mates) == 0:
            pool = others
        elif len(others) == 0:
            pool = mates
        else:
            pool = mates if want_same else others
        partners.append(pool[torch.randint(len(pool), (), generator=generator)])
    b = torch.stack(partners)
    return torch.arange(n), b, labels == labels[b]


def pairs_exactly_half(labels, generator):
    n = labels.numel()
    if n < 2:
        raise ValueError("a single sample has no partner")
    a = torch.randperm(n, generator=generator)
    eye = torch.eye(n, dtype=torch.bool)
    equal = labels[:, None] == labels[None]
    wants_same = torch.zeros(n, dtype=torch.bool)
    wants_same[a[: n // 2]] = True
    wants_same &= (equal & ~eye).any(1)
    wants_same |= ~(~equal).any(1)
    keys = torch.rand(n, n, generator=generator)
    allowed = torch.where(wants_same[:, None], equal & ~eye, ~equal)
    b = keys.masked_fill(~allowed, -1).argmax(1)
    return a, b[a], labels[a] == labels[b[a]]


def pairs_by_rejection(y, g):
    n = len(y)
    assert n > 1, "make_pairs needs two samples or more"
    index_b = torch.empty(n, dtype=torch.long)
    classes, counts = y.unique(return_counts=True)
    size = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    for i in range(n):
        same = bool(torch.randint(2, (1,), generator=g))
        if size[int(y[i])] == 1:
            same = False
        if len(size) == 1:
            same = True
        while True:
            j = int(torch.randint(n, (1,), generator=g))
            if j != i and bool(y[j] == y[i]) == same:
                break
        index_b[i] = j
    return torch.arange(n), index_b, y == y[index_b]


def pairs_with_numpy(labels, generator):
    y = labels.numpy()
    if len(y) < 2:
        raise ValueError("labels: need two samples")
    rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
    b = np.empty(len(y), dtype=np.int64)
    for i in range(len(y)):
        mates = [j for j in range(len(y)) if y[j] == y[i] and j != i]
        others = [j for j in range(len(y)) if y[j] != y[i]]
        pool = mates if (rng.random() < 0.5 and mates) or not others else others
        b[i] = rng.choice(pool)
    return torch.arange(len(y)), torch.from_numpy(b), torch.from_numpy(y == y[b])


def pairs_by_dictionary(labels, generator):
    members = {}
    for position, label in enumerate(labels.tolist()):
        members.setdefault(label, []).append(position)
    everybody = range(len(labels))
    a, b = [], []
    for i, label in enumerate(labels.tolist()):
        mates = [j for j in members[label] if j != i]
        others = [j for j in everybody if j not in members[label]]
        if not mates and not others:
            raise ValueError("nobody to pair with")
        heads = torch.rand(1, generator=generator).item() > 0.5
        pool = (mates or others) if heads else (others or mates)
        a.append(i)
        b.append(pool[int(torch.randint(len(pool), (1,), generator=generator))])
    a, b = torch.tensor(a), torch.tensor(b)
    return a, b, labels[a] == labels[b]


MAKE_PAIRS = {
    "loop": pairs_by_loop,
    "exactly half": pairs_exactly_half,
    "rejection": pairs_by_rejection,
    "numpy inside": pairs_with_numpy,
    "dictionary of classes": pairs_by_dictionary,
}

# --- contrastive_margin_loss ----------------------------------------------------------------


def margin_pairwise(z1, z2, same, margin=1.0):
    d = F.pairwise_distance(z1, z2)
    same = same.to(d.dtype)
    return torch.mean(same * d.pow(2) + (1 - same) * torch.clamp(margin - d, min=0.0).pow(2))


def margin_where(z1, z2, same, margin=1.0):
    d = (z1 - z2).norm(dim=1)
    return torch.where(same.bool(), d**2, F.relu(margin - d) ** 2).mean()


def margin_groups(z1, z2, same, margin=1.0):
    d, same = torch.linalg.vector_norm(z1 - z2, dim=-1), same > 0
    return (d[same].square().sum() + F.relu(margin - d[~same]).square().sum()) / len(d)


def margin_loop(x, y, s, m=1.0):
    total = 0.0
    for i in range(len(x)):
        d = torch.dist(x[i], y[i])
        total = total + (d**2 if s[i] else torch.clamp(m - d, min=0) ** 2)
    return total / len(x)


class MarginLoss(nn.Module):
    def forward(self, z1, z2, same, margin=1.0):
        d = (z1 - z2).norm(dim=1)
        push = torch.max(margin - d, torch.zeros_like(d))
        same = same.type_as(d)
        return (same * d * d + (1.0 - same) * push * push).sum() / d.numel()


def margin_squared_first(z1, z2, same, margin=1.0):
    squared = (z1 - z2).square().sum(1)
    d = (squared + 1e-12).sqrt()
    s = same.to(z1.dtype)
    return (s * squared + (1 - s) * (margin - d).clamp_min(0) ** 2).mean()


MARGIN = {
    "pairwise_distance": margin_pairwise,
    "where": margin_where,
    "boolean groups": margin_groups,
    "loop": margin_loop,
    "module": MarginLoss(),
    "eps under the root": margin_squared_first,
    "relu and einsum": lambda z1, z2, same, margin=1.0: (
        same.to(z1) * einsum("nd,nd->n", z1 - z2, z1 - z2)
        + (~same.bool()).to(z1) * F.relu(margin - (z1 - z2).norm(dim=1)) ** 2
    ).mean(),
    "maximum": lambda z1, z2, same, margin=1.0: torch.mean(
        same.double().to(z1.dtype) * (z1 - z2).norm(dim=1) ** 2
        + (1 - same.double()).to(z1.dtype)
        * torch.maximum(margin - (z1 - z2).norm(dim=1), z1.new_zeros(())) ** 2
    ),
}

# --- triplet_loss ---------------------------------------------------------------------------


def triplet_loop(anchor, positive, negative, margin=1.0):
    terms = []
    for a, p, n in zip(anchor, positive, negative, strict=True):
        terms.append(torch.relu((a - p).norm() - (a - n).norm() + margin))
    return torch.stack(terms).mean()


def triplet_where(a, p, n, m=1.0):
    gap = F.pairwise_distance(a, p) - F.pairwise_distance(a, n) + m
    return torch.where(gap > 0, gap, torch.zeros_like(gap)).mean()


def triplet_masked_sum(a, p, n, margin=1.0):
    gap = (a - p).pow(2).sum(1).sqrt() - (a - n).pow(2).sum(1).sqrt() + margin
    return gap[gap > 0].sum() / gap.numel()


TRIPLET = {
    "functional": lambda a, p, n, margin=1.0: F.triplet_margin_loss(a, p, n, margin=margin),
    "module": lambda a, p, n, margin=1.0: nn.TripletMarginLoss(margin)(a, p, n),
    "clamp": lambda a, p, n, margin=1.0: (
        ((a - p).norm(dim=1) - (a - n).norm(dim=1) + margin).clamp(min=0).mean()
    ),
    "maximum": lambda a, p, n, margin=1.0: torch.maximum(
        (a - p).norm(dim=1) - (a - n).norm(dim=1) + margin, torch.zeros_like(a[:, 0])
    ).mean(),
    "relu": lambda a, p, n, margin=1.0: F.relu(
        torch.linalg.norm(a - p, dim=1) - torch.linalg.norm(a - n, dim=1) + margin
    ).mean(),
    "diagonal of cdist": lambda a, p, n, margin=1.0: (
        (torch.cdist(a, p).diagonal() - torch.cdist(a, n).diagonal() + margin).clamp_min(0).mean()
    ),
    "margin_ranking": lambda a, p, n, margin=1.0: F.margin_ranking_loss(
        (a - n).norm(dim=1), (a - p).norm(dim=1), torch.ones_like(a[:, 0]), margin=margin
    ),
    "loop": triplet_loop,
    "where": triplet_where,
    "masked sum": triplet_masked_sum,
}

# --- batch_hard_triplet_loss ----------------------------------------------------------------


def hard_cdist_infinity(z, labels, margin=1.0):
    d = torch.cdist(z, z)
    equal = labels.unsqueeze(0) == labels.unsqueeze(1)
    positive = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    hardest_p = d.masked_fill(~positive, float("-inf")).max(1).values
    hardest_n = d.masked_fill(equal, float("inf")).min(1).values
    valid = positive.any(1) & (~equal).any(1)
    if valid.sum() == 0:
        return (z * 0).sum()
    return F.relu(hardest_p[valid] - hardest_n[valid] + margin).mean()


def hard_big_number(z, labels, margin=1.0):
    d = (z[:, None] - z[None]).norm(dim=-1)
    equal = labels[:, None] == labels[None]
    positive = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    hardest_p = (d * positive).amax(1)
    hardest_n = (d + 1e9 * equal).amin(1)
    valid = positive.any(1) & (~equal).any(1)
    terms = (hardest_p - hardest_n + margin).clamp_min(0)[valid]
    return terms.mean() if len(terms) else 0 * z.sum()


def hard_loop(z, labels, margin=1.0):
    terms = []
    for i in range(len(z)):
        distances = (z - z[i]).norm(dim=1)
        mates = labels == labels[i]
        mates[i] = False
        others = labels != labels[i]
        if mates.any() and others.any():
            terms.append(F.relu(distances[mates].max() - distances[others].min() + margin))
    if not terms:
        return z.sum() * 0.0
    return torch.stack(terms).mean()


def hard_mine_then_gather(z, labels, margin=1.0):
    with torch.no_grad():  # who is hardest needs no gradient; the distances below do
        d = torch.cdist(z, z)
        equal = labels[:, None] == labels[None]
        positive = equal.clone().fill_diagonal_(False)
        far = d.masked_fill(~positive, -1).argmax(1)
        close = d.masked_fill(equal, torch.inf).argmin(1)
        anchors = (positive.any(1) & (~equal).any(1)).nonzero().flatten()
    if len(anchors) == 0:
        return z.sum() * 0
    p, n, a = z[far[anchors]], z[close[anchors]], z[anchors]
    return F.triplet_margin_loss(a, p, n, margin=margin)


def hard_topk(z, labels, margin=1.0):
    d = (z.unsqueeze(1) - z.unsqueeze(0)).norm(dim=2)
    equal = labels.view(-1, 1).eq(labels.view(1, -1))
    positive = equal & ~torch.eye(len(z), device=z.device).bool()
    lowest, highest = torch.finfo(d.dtype).min, torch.finfo(d.dtype).max
    p = torch.where(positive, d, torch.full_like(d, lowest)).topk(1, dim=1).values[:, 0]
    n = torch.where(equal, torch.full_like(d, highest), d).topk(1, 1, largest=False).values[:, 0]
    count = (positive.any(1) & (~equal).any(1)).to(z.dtype)
    safe_p, safe_n = p.where(count > 0, 0 * z[:, 0]), n.where(count > 0, 0 * z[:, 0])
    terms = (safe_p - safe_n + margin).relu() * count
    return terms.sum() / count.sum().clamp_min(1)


def hard_squared_then_root(z, labels, margin=1.0):
    squared = (z[:, None] - z[None]).pow(2).sum(-1)
    d = (squared + 1e-16).sqrt()
    equal = labels[:, None] == labels[None]
    positive = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    valid = positive.any(1) & (~equal).any(1)
    if not bool(valid.any()):
        return z.mean() * 0
    p = d.masked_fill(~positive, -torch.inf)[valid].amax(1)
    n = d.masked_fill(equal, torch.inf)[valid].amin(1)
    return torch.relu(p - n + margin).mean()


BATCH_HARD = {
    "cdist and infinities": hard_cdist_infinity,
    "one billion": hard_big_number,
    "loop": hard_loop,
    "mine, then gather": hard_mine_then_gather,
    "topk and finfo": hard_topk,
    "eps under the root": hard_squared_then_root,
}

RIGHT = {
    "l2_normalize": L2_NORMALIZE,
    "cosine_similarity_matrix": COSINE,
    "squared_distance_matrix": SQUARED_DISTANCE,
    "top_k_neighbours": TOP_K,
    "knn_classify": KNN,
    "make_pairs": MAKE_PAIRS,
    "contrastive_margin_loss": MARGIN,
    "triplet_loss": TRIPLET,
    "batch_hard_triplet_loss": BATCH_HARD,
}

# Right, but with a Python loop where the exercise asks for none: everything but that part.
RIGHT_BUT_SLOW = {
    "cosine_similarity_matrix": {"two loops": cosine_double_loop, "one loop": cosine_row_loop},
}
