// Solid and see-through surfaces: pattern, light, air, display curve, and the twin's colours on top.
#include "look.glsl"
#include "materials.glsl"
#include "lighting.glsl"
#include "environment.glsl"
#include "twin.glsl"
#ifdef CUT
#include "sections.glsl"
#endif
centroid in vec3 site;
centroid in vec3 normal;
centroid in vec3 rest;
flat in uint slot;
flat in uint material_row;
flat in uvec4 state;
#ifdef PERSON
flat in vec3 person_tone;
#endif
out vec4 color;
#ifdef PAINTED
uniform usamplerBuffer element_paint; // by slot: the colour that a view gives it, and how strongly

vec3 paint_own(vec3 c) {
    vec4 paint = vec4(texelFetch(element_paint, int(slot))) / 255.0;
    return mix(c, paint.rgb * (0.40 + 0.85 * luminance(c)), 0.88 * paint.a);
}
#else
#define paint_own(c) (c)
#endif
#if defined(TABLE) && defined(WIDE)
uniform vec4 table_top; // middle x, y and half size x, y of the model that stands on a dark table
#endif

#ifdef BLENDED
vec4 shade_glass(Surface s, vec3 n, vec3 v) {
    float level, mirror = 0.04 + 0.96 * pow(1.0 - max(dot(n, v), 0.0), 5.0);
    vec3 ambient = sky_light_at(site, n, level);
    vec3 c = environment(site, reflect(-v, n), 0.03, level) * mirror + s.albedo * ambient * 0.05;
    float alpha = clamp(mirror + 0.09, 0.0, 0.85);
    return vec4(to_display(through_air(c / alpha, site)), alpha);
}

#endif

#ifdef SPECULAR
// Machines stand in the way of what a polished floor mirrors: three taps along the ray.
float mirrored_occlusion(vec3 r) {
    float full = 0.0;
    const vec3 taps = vec3(0.9, 2.1, 4.0), weights = vec3(1.0, 1.2, 1.3);
    for (int i = 0; i < 3; i++)
        full += weights[i] * texture(occlusion_volume, (site + r * taps[i] - occlusion_lo) / occlusion_size).g;
    return exp(-1.4 * full);
}

vec3 shine(Surface s, vec3 n, vec3 v, float nv, float sun, float open, float level) {
    vec3 r = reflect(-v, n), f0 = mix(vec3(0.04), s.albedo, s.metal);
    float gloss = 1.0 - s.roughness;
    vec3 fresnel = f0 + (max(vec3(gloss * gloss), f0) - f0) * pow(1.0 - nv, 5.0);
    float seen = clamp(pow(nv + open, exp2(-8.0 * s.roughness - 1.0)) - 1.0 + open, 0.0, 1.0);
#if defined(WIDE) && defined(HALL) && defined(OCCLUSION) && defined(FLOOR_TAPS)
    if (s.pattern == PATTERN_CONCRETE) seen *= mirrored_occlusion(r);
#endif
    vec3 c = environment(site, r, s.roughness, level) * fresnel * seen * mix(1.0, 0.75, s.roughness);
    if (sun > 0.0) {
        vec3 h = normalize(v + sun_direction);
        float lobe = ggx(max(dot(n, h), 0.0), max(dot(n, sun_direction), 0.0), nv, max(s.roughness * s.roughness, 0.02));
        c += sun_color * sun * lobe * (f0 + (1.0 - f0) * pow(1.0 - max(dot(v, h), 0.0), 5.0)) * 0.8;
    }
    return c;
}
#endif

#if defined(TABLE) && defined(WIDE)
// In the overview the ground around the model is a dark table with a grid that fades; what stands on it is not.
vec3 dark_table(vec3 albedo, vec2 p) {
    float d = length(max(abs(p - table_top.xy) - table_top.zw, 0.0));
    vec2 g = abs(fract(p / 10.0 - 0.5) - 0.5) * 10.0;
    float grid = max(line_at(g.x, 0.03), line_at(g.y, 0.03));
    vec3 c = mix(vec3(0.020, 0.024, 0.029), vec3(0.0075, 0.010, 0.0135), smoothstep(0.0, 70.0, d));
    c += vec3(0.012, 0.015, 0.018) * grid * exp(-d * 0.022) + 0.02 * exp(-d * 0.30);
    return mix(albedo, c, smoothstep(0.0, 0.3, d));
}
#endif

void main() {
#ifdef MASKED
    cut_holes(material_row);
#endif
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
#ifndef BLENDED
    if (!gl_FrontFacing && slot != 0u) {
        if (is_cut_face(way_in(site), slot)) {
            vec3 face = cut_face_color(surface_of(material_row).albedo, slot);
            color = vec4(paint_twin(paint_own(face), state, 1.0, 0.0), 1.0);
            return;
        }
        if (both_sides < 0.5) discard;
    }
#endif
#endif
    vec3 to_eye = camera_position - site;
    float distance_m = length(to_eye);
    vec3 v = to_eye / distance_m, n = normalize(normal);
    if (dot(n, v) < 0.0 && !gl_FrontFacing) n = -n;
    Surface s = surface_of(material_row);
#ifdef BLENDED
    if (s.pattern == PATTERN_GLASS) {
        color = shade_glass(s, n, v);
        color.rgb = paint_twin(paint_own(color.rgb), state, 1.0, 0.0);
        return;
    }
#endif
#ifdef PERSON
    if (s.pattern == PATTERN_PERSON) s.albedo = person_tone;
#endif
    apply_pattern(s, rest, n, hash(float(slot) * 0.137), distance_m);
#if defined(TABLE) && defined(WIDE)
    if (is_floor(s.pattern) || s.pattern == PATTERN_LEAF || s.pattern == PATTERN_GRID)
        s.albedo = dark_table(s.albedo, site.xy);
#endif
    float level, nl = max(dot(n, sun_direction), 0.0), nv = max(dot(n, v), 0.02);
    float sun = nl > 0.0 ? nl * sun_visibility(site, n) : 0.0;
    float open = occlusion_at(site, n);
    vec3 ambient = sky_light_at(site, n, level);
    vec3 diffuse = s.albedo * (1.0 - s.metal);
    // Light that bounces in a bright corner: occlusion takes less from pale surfaces.
    vec3 c = diffuse * (ambient * open * (1.0 + 0.35 * s.albedo * (1.0 - open)) + sun_color * sun);
#ifdef SPECULAR
    c += shine(s, n, v, nv, sun, open, level);
#else
    c += s.albedo * s.metal * ambient * 0.7;
#endif
    c = to_display(through_air(c + s.emission, site));
    color = vec4(paint_twin(paint_own(c), state, nv, s.window), s.alpha);
}
