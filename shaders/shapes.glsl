// Signed distances of flat shapes, in the unit of what they are given.

float rounded(vec2 p, vec2 b, float r) {
    vec2 d = abs(p) - b + r;
    return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - r;
}

float triangle(vec2 p, float r) {
    p.y += r * 0.12;
    p.x = abs(p.x);
    return max(dot(p - vec2(0.0, r), normalize(vec2(0.9, 0.45))), -p.y - r * 0.72);
}

float cross_bars(vec2 p, float r) {
    p = abs(p);
    return max(abs(p.x - p.y) * 0.7071 - r * 0.24, max(p.x, p.y) - r * 0.85);
}

float stroke(vec2 p, vec2 a, vec2 b) {
    vec2 ab = b - a;
    return length(p - a - ab * clamp(dot(p - a, ab) / max(dot(ab, ab), 1e-6), 0.0, 1.0));
}

// A drop with its point at the bottom edge.
float drop(vec2 p, float r) {
    vec2 q = p - vec2(0.0, r * 0.30);
    float head = length(q) - r * 0.68;
    float tail = max(abs(p.x) - (p.y + r) * 0.62, p.y - r * 0.05);
    return min(head, max(tail, -p.y - r));
}
