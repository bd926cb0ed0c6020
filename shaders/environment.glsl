// What a mirror would see: in a hall its floor, walls, windows and skylights at their true place; else the sky.
uniform vec3 hall_lo, hall_hi;
uniform sampler2D ceiling_map;  // openings in the roof, over the hall's floor plan
uniform vec4 window_band;       // z from, z to, strength on the walls along x, strength on the walls along y

#ifdef HALL
vec3 wall_light(vec3 p, float along, float wall, float r, float rz, float rough, float strength) {
    float t = (wall - along) / r, z = p.z + rz * t, w = rough * (0.4 + 0.12 * t) + 0.05;
    float facing = smoothstep(0.05, 0.25, abs(r)) * strength;
    float band = smoothstep(window_band.x - w, window_band.x + w, z)
               * (1.0 - smoothstep(window_band.y - w, window_band.y + w, z));
    return vec3(1.9, 2.0, 2.15) * facing * band * 0.8 / (0.8 + w);
}

vec3 environment(vec3 p, vec3 r, float rough, float level) {
    vec3 c = mix(vec3(0.40, 0.385, 0.365), vec3(0.74, 0.74, 0.735), smoothstep(-0.35, 0.12, r.z));
    c = mix(c, vec3(0.50, 0.515, 0.54), smoothstep(0.15, 0.6, r.z));
    c *= 0.88 + 0.24 * smoothstep(-0.4, 0.4, dot(r.xy, vec2(0.6, -0.8)));
    if (r.z > 0.02) {
        float t = (hall_hi.z - p.z) / r.z, blur_m = rough * (0.6 + 0.25 * t) * 2.0 + 0.05;
        vec2 size = hall_hi.xy - hall_lo.xy, uv = (p.xy + r.xy * t - hall_lo.xy) / size;
        float lod = log2(max(blur_m * float(textureSize(ceiling_map, 0).x) / size.x, 1.0));
        vec2 within = smoothstep(vec2(-0.02), vec2(0.01), uv) * smoothstep(vec2(-0.02), vec2(0.01), 1.0 - uv);
        c += vec3(4.2, 4.35, 4.5) * textureLod(ceiling_map, uv, lod).r * within.x * within.y;
    }
    if (abs(r.y) > 0.05) {
        c += wall_light(p, p.y, r.y > 0.0 ? hall_hi.y : hall_lo.y, r.y, r.z, rough, window_band.z);
        float t = ((r.y > 0.0 ? hall_hi.y : hall_lo.y) - p.y) / r.y, z = p.z + r.z * t;
        float w = rough * (0.4 + 0.12 * t) + 0.05; // machines stand in front of the lower wall
        c *= mix(1.0, 0.60 + 0.40 * smoothstep(0.5 - w, 3.0 + w, abs(z - hall_lo.z - 0.2)),
                 0.8 * smoothstep(0.05, 0.25, abs(r.y)));
    }
    if (abs(r.x) > 0.05 && window_band.w > 0.0)
        c += wall_light(p, p.x, r.x > 0.0 ? hall_hi.x : hall_lo.x, r.x, r.z, rough, window_band.w);
    return c * clamp(level * 0.6 + 0.4, 0.0, 1.5);
}
#else
vec3 environment(vec3 p, vec3 r, float rough, float level) {
    vec3 ground = vec3(0.32, 0.31, 0.29);
    return mix(ground, sky_light(vec3(r.xy, max(r.z, 0.0))), smoothstep(-0.15 - rough, 0.15 + rough, r.z));
}
#endif
