// What a surface is made of, by position alone: no UVs, no textures. `Material.pattern` names one of these.
const int PATTERN_PLAIN = 0;
const int PATTERN_CONCRETE = 1;
const int PATTERN_HAZARD = 2;
const int PATTERN_PANEL = 3;
const int PATTERN_GLOW = 4;
const int PATTERN_FACADE = 5;
const int PATTERN_BRUSHED = 6;
const int PATTERN_MESH = 7;
const int PATTERN_CRATE = 8;
const int PATTERN_GLASS = 9;
const int PATTERN_GROUND = 10;
const int PATTERN_ROAD = 11;
const int PATTERN_ROOF = 12;
const int PATTERN_BELT = 13;
const int PATTERN_LEAF = 14;
const int PATTERN_SCREEN = 15;
const int PATTERN_PERSON = 16;
const int PATTERN_GRID = 17;

struct Surface {
    vec3 albedo;
    vec3 emission;
    float roughness;
    float metal;
    float alpha;
    float window; // how much of this point is a window pane of a facade
    int pattern;
};

bool is_floor(int pattern) {
    return pattern == PATTERN_CONCRETE || pattern == PATTERN_GROUND || pattern == PATTERN_ROAD;
}

// A software renderer runs every branch for every pixel, so what is costly or rare is compiled only into
// programs for surfaces that need it: WIDE for ground and facades, BLENDED for mesh.
#ifdef WIDE
// Metres, tens and hundreds of metres, for a model that brings no ground.
void rule_grid(inout Surface s, vec3 p, float distance_m) {
    vec2 a = abs(fract(p.xy - 0.5) - 0.5), b = abs(fract(p.xy / 10.0 - 0.5) - 0.5) * 10.0;
    float metres = max(line_at(a.x, 0.006), line_at(a.y, 0.006)) * clamp(1.2 - distance_m / 30.0, 0.0, 1.0);
    float tens = max(line_at(b.x, 0.02), line_at(b.y, 0.02)) * clamp(1.2 - distance_m / 220.0, 0.0, 1.0);
    vec2 c = abs(fract(p.xy / 100.0 - 0.5) - 0.5) * 100.0;
    float hundreds = max(line_at(c.x, 0.1), line_at(c.y, 0.1)) * clamp(1.2 - distance_m / 2500.0, 0.0, 1.0);
    s.albedo *= 1.0 - 0.30 * max(max(metres * 0.6, tens), hundreds * 0.7);
}

void pour_concrete(inout Surface s, vec3 p, float distance_m) {
    float big = noise(p.xy * 0.13) * 0.6 + noise(p.xy * 0.55) * 0.4;
    float near = clamp(1.0 - distance_m / 45.0, 0.0, 1.0);
    float fine = (noise(p.xy * 7.0) + noise(p.xy * 23.0)) * 0.5 - 0.5;
    s.albedo *= 0.90 + 0.17 * big + 0.07 * fine * near;
    if (s.pattern != PATTERN_CONCRETE) return;
    s.roughness = clamp(s.roughness + 0.22 * (big - 0.5) + 0.06 * fine * near, 0.12, 0.9);
    vec2 joint = abs(mod(p.xy + 3.0, 6.0) - 3.0);
    float gap = max(line_at(joint.x, 0.006), line_at(joint.y, 0.006)) * clamp(1.3 - distance_m / 60.0, 0.0, 1.0);
    if (s.albedo.r < 0.45) s.albedo *= 1.0 - 0.45 * gap;
    float wear = smoothstep(0.62, 0.85, noise(p.xy * vec2(0.25, 1.3)) * 0.7 + noise(p.xy * 3.1) * 0.3);
    s.albedo *= 1.0 - 0.10 * wear;
}

void glaze_facade(inout Surface s, vec3 p, vec3 n, float chance) {
    if (abs(n.z) > 0.5) return;
    float kind = floor(chance * 4.0);
    vec2 g = vec2((abs(n.x) > abs(n.y) ? p.y : p.x) / (2.2 + 0.35 * kind), p.z / 3.3), f = fwidth(g);
    vec2 half_size = vec2(0.24 + 0.05 * kind, 0.27), q = abs(fract(g) - 0.5);
    vec2 k = 1.0 - smoothstep(half_size - f, half_size + f, q);
    float pane = mix(0.22, k.x * k.y * step(0.65, g.y), clamp(1.4 - max(f.x, f.y) * 2.2, 0.0, 1.0));
    s.window = pane;
    s.albedo = mix(s.albedo, vec3(0.05, 0.065, 0.08), pane);
    s.roughness = mix(s.roughness, 0.07, pane);
    s.metal = 0.0;
}
#endif

#ifdef BLENDED
// Wires near by, an even veil where a cell is smaller than two pixels.
void weave_mesh(inout Surface s, vec3 p, vec3 n) {
    vec2 c = vec2(abs(n.x) > abs(n.y) ? p.y : p.x, p.z) / 0.05, f = fwidth(c), q = abs(fract(c) - 0.5);
    vec2 wire = smoothstep(0.465 - f, vec2(0.465), q);
    s.alpha = mix(0.15, max(wire.x, wire.y) * 0.9, clamp(1.5 - max(f.x, f.y) * 2.2, 0.0, 1.0));
}
#endif

#ifdef DETAIL
void paint_hazard(inout Surface s, vec3 p) {
    float c = (p.x + p.y + p.z) * 2.2, f = fwidth(c), t = fract(c);
    s.albedo = mix(s.albedo, vec3(0.025), smoothstep(0.5 - f, 0.5 + f, t) * (1.0 - smoothstep(1.0 - f, 1.0, t)));
}

void rib_panel(inout Surface s, vec3 p, vec3 n) {
    if (abs(n.z) > 0.5) return;
    float c = abs(n.x) > 0.5 ? p.y : p.x, f = fwidth(c) * 1.5;
    float groove = 1.0 - smoothstep(0.02, 0.02 + f, abs(fract(c) - 0.5));
    s.albedo *= 1.0 - 0.16 * groove * clamp(1.2 - f * 6.0, 0.0, 1.0);
}

void rib_roof(inout Surface s, vec3 p) {
    float c = p.x * 3.0, f = fwidth(c);
    s.albedo *= 1.0 - 0.14 * (1.0 - smoothstep(0.08, 0.16 + f, abs(fract(c) - 0.5))) * clamp(1.0 - f * 1.5, 0.0, 1.0);
}

void mould_crate(inout Surface s, vec3 p, vec3 n) {
    vec2 c = abs(n.z) > 0.7 ? p.xy * 9.0 : vec2((p.x + p.y) * 7.0, p.z * 11.3);
    vec2 f = fwidth(c), q = abs(fract(c) - 0.5);
    float near = clamp(1.2 - max(f.x, f.y) * 2.0, 0.0, 1.0);
    s.albedo *= 1.0 - 0.38 * near * (1.0 - smoothstep(0.28, 0.34, max(q.x, q.y)));
}

void lay_belt(inout Surface s, vec3 p, vec3 n) {
    float c = (abs(n.z) > 0.5 ? p.x : p.z) * 14.0, f = fwidth(c);
    float link = 1.0 - smoothstep(0.06, 0.12 + f, abs(fract(c) - 0.5));
    s.albedo *= 1.0 - 0.3 * link * clamp(1.0 - f * 1.5, 0.0, 1.0);
}

// A plausible operator screen: rows of values, a few of them green.
void light_screen(inout Surface s, vec3 p, vec3 n) {
    vec2 c = vec2(abs(n.x) > abs(n.y) ? p.y : p.x, p.z) * 22.0;
    float r = hash(floor(c) * vec2(0.37, 1.0) + floor(p.xy));
    float cell = step(0.35, fract(c.y)) * step(r, 0.62) * step(0.12, fract(c.x * 0.5));
    vec3 ink = mix(vec3(0.25, 0.62, 1.0), vec3(0.15, 0.75, 0.5), step(0.5, r));
    s.emission = mix(vec3(0.035, 0.07, 0.11), ink, cell * 0.75);
    s.albedo = vec3(0.02);
}
#endif

// `chance` is a number of the element from 0 to 1: no two parts have quite the same paint.
void apply_pattern(inout Surface s, vec3 p, vec3 n, float chance, float distance_m) {
    s.albedo *= 0.965 + 0.07 * chance;
#ifdef BLENDED
    if (s.pattern == PATTERN_MESH) weave_mesh(s, p, n);
#endif
#ifdef WIDE
    if (s.pattern == PATTERN_FACADE) glaze_facade(s, p, n, chance);
    else if (s.pattern == PATTERN_GRID) rule_grid(s, p, distance_m);
    else if (s.pattern == PATTERN_LEAF) s.albedo *= 0.78 + 0.44 * noise(p.xy * 1.7 + p.z * 2.3);
    else if (is_floor(s.pattern)) pour_concrete(s, p, distance_m);
#endif
#ifdef DETAIL
    if (s.pattern == PATTERN_HAZARD) paint_hazard(s, p);
    else if (s.pattern == PATTERN_PANEL) rib_panel(s, p, n);
    else if (s.pattern == PATTERN_ROOF) rib_roof(s, p);
    else if (s.pattern == PATTERN_CRATE) mould_crate(s, p, n);
    else if (s.pattern == PATTERN_BELT) lay_belt(s, p, n);
    else if (s.pattern == PATTERN_SCREEN) light_screen(s, p, n);
#if DETAIL > 1
    else if (s.pattern == PATTERN_BRUSHED) {
        float stroke = noise(vec2(p.z * 90.0, atan(n.y, n.x) * 3.0)) - 0.5;
        s.roughness += 0.10 * stroke * clamp(1.0 - distance_m / 14.0, 0.0, 1.0);
    }
#endif
#endif
}
