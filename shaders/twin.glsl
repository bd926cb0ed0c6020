// What the twin says, painted over the finished picture: the same colour in light and in shadow.
#define STATE_GOOD 1u
#define STATE_STALE 4u
#define STATE_SIMULATED 6u
uniform vec3 state_colors[7];

#ifdef HEAT
uniform float desaturation; // of everything that carries no value, 0 to 1

// Blue-grey, teal, yellow, orange, dark red; lightest in the middle.
vec3 heat_color(float t) {
    const vec3 stops[5] = vec3[5](vec3(0.14, 0.24, 0.50), vec3(0.10, 0.55, 0.60), vec3(0.93, 0.86, 0.42),
                                  vec3(0.90, 0.42, 0.12), vec3(0.58, 0.05, 0.10));
    float x = clamp(t, 0.0, 1.0) * 4.0;
    int i = min(int(x), 3);
    return mix(stops[i], stops[i + 1], x - float(i));
}

vec3 paint_heat(vec3 c, uvec4 state, float window) {
    float strength = float(state.a) / 255.0;
    float l = luminance(c);
    c = mix(c, vec3(l) * vec3(1.0, 0.995, 0.985), desaturation * (1.0 - strength));
    vec3 heat = heat_color(float(state.g) / 255.0) * (0.35 + 0.95 * l);
    return mix(c, heat, 0.85 * strength * (1.0 - 0.72 * window));
}
#else

vec3 paint_state(vec3 c, uint code, float facing) {
    if (code < 2u) return c;
    vec3 s = state_colors[min(code, 6u)];
    float tinted = 0.40;
    if (code == STATE_STALE) {
        float stripe = abs(fract((gl_FragCoord.x + gl_FragCoord.y) / 7.0) - 0.5);
        tinted = 0.25 + 0.45 * smoothstep(0.30, 0.42, stripe);
    }
    c = mix(c, s * (0.42 + 0.85 * luminance(c)), tinted);
    return c + s * pow(1.0 - facing, 3.0) * 0.35;
}
#endif

vec3 paint_twin(vec3 c, uvec4 state, float facing, float window) {
#ifdef HEAT
    c = paint_heat(c, state, window);
#else
    c = paint_state(c, state.r, facing);
#endif
    if ((state.b & 4u) != 0u) c = mix(c, c * 1.05 + vec3(0.022, 0.021, 0.008), 0.8);
    if ((state.b & 8u) != 0u) c = mix(c, c * 1.03 + vec3(0.015), 0.8);
    return c;
}
