// Light that reaches a point: sun with its shadow map, baked sky light, baked occlusion.
uniform sampler2DShadow sun_map;
uniform mat4 sun_map_from_site;
uniform float sun_offset; // metres above the surface
uniform sampler3D occlusion_volume; // r: how full a cell's near surroundings are, g: its wide surroundings
uniform vec3 occlusion_lo, occlusion_size;
uniform float occlusion_cell;       // metres
uniform sampler3D light_volume;     // sqrt(mean radiance), mean direction
uniform vec3 light_lo, light_size;

float sun_visibility(vec3 p, vec3 n) {
#ifdef SHADOW_TAPS
    vec3 q = (sun_map_from_site * vec4(p + n * sun_offset, 1.0)).xyz;
    if (any(lessThan(q, vec3(0.0))) || any(greaterThan(q, vec3(1.0)))) return 1.0;
    q.z -= 0.0006;
#if SHADOW_TAPS > 1
    vec2 texel = 1.4 / vec2(textureSize(sun_map, 0));
    float lit = 0.0;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) lit += texture(sun_map, vec3(q.xy + vec2(i, j) * texel, q.z));
    return lit / 9.0;
#else
    return texture(sun_map, q);
#endif
#else
    return 1.0;
#endif
}

bool inside(vec3 uvw) { return all(greaterThan(uvw, vec3(0.0))) && all(lessThan(uvw, vec3(1.0))); }

float occlusion_at(vec3 p, vec3 n) {
#ifdef OCCLUSION
    vec3 near = (p + n * (1.6 * occlusion_cell) - occlusion_lo) / occlusion_size;
    vec3 wide = (p + n * (5.0 * occlusion_cell) - occlusion_lo) / occlusion_size;
    if (!inside(near)) return 1.0;
    float a = texture(occlusion_volume, near).r, b = texture(occlusion_volume, wide).g;
    return exp(-1.25 * max(a - 0.06, 0.0) - 1.05 * max(b - 0.06, 0.0));
#else
    return 1.0;
#endif
}

vec3 hemisphere(vec3 n) {
    return mix(vec3(0.30, 0.285, 0.265), sky_horizon * 0.62 + sky_zenith * 0.25, n.z * 0.5 + 0.5);
}

// `level` tells how bright the surroundings are, 1 being usual; reflections use it.
vec3 sky_light_at(vec3 p, vec3 n, out float level) {
    level = 1.0;
#ifdef HALL
    vec3 uvw = (p + n * 0.7 - light_lo) / light_size;
    if (!inside(uvw)) return hemisphere(n);
    vec4 s = texture(light_volume, uvw);
    float a = s.r * s.r;
    vec3 m = (s.gba * 2.0 - 1.0) * a;
    float e = max(a + 1.5 * dot(m, n), 0.30 * a); // 2 in theory; 1.5 does not ring
    level = a * 3.2;
    return e * 2.9 * mix(vec3(1.05, 0.985, 0.90), vec3(0.93, 0.985, 1.06), smoothstep(-0.7, 0.8, n.z)) + 0.09;
#else
    return hemisphere(n);
#endif
}

float ggx(float nh, float nl, float nv, float a) {
    float a2 = a * a, d = nh * nh * (a2 - 1.0) + 1.0, k = a * 0.5 + 0.05;
    return a2 / (3.1416 * d * d) * 0.25 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
}
