// Bands of 5 dB with lines between them; where something has to be done above a level, the line is dashed.
in vec2 place;
uniform sampler2D noise_levels; // dB(A)
uniform sampler2D noise_known;  // 1 where the level is known
uniform sampler2D noise_colors; // one texel for each band
uniform float noise_bands, noise_first_db, noise_cells;
uniform vec4 noise_limits; // dB(A)
out vec4 color;
const float BAND_DB = 5.0, DASH_CELLS = 0.6;

float line_at(float level, float db, float width) {
    float soft = max(fwidth(level), 1e-3);
    return 1.0 - smoothstep(width, width + 1.0, abs(level - db) / soft);
}

void main() {
    float known = smoothstep(0.4, 0.6, texture(noise_known, place).r);
    if (known <= 0.0) discard;
    float level = texture(noise_levels, place).r;
    float band = clamp(floor((level - noise_first_db) / BAND_DB) + 1.0, 0.0, noise_bands - 1.0);
    vec3 c = texture(noise_colors, vec2((band + 0.5) / noise_bands, 0.5)).rgb;
    float edge = clamp(round((level - noise_first_db) / BAND_DB), 0.0, noise_bands - 2.0);
    c = mix(c, vec3(0.05), 0.55 * line_at(level, noise_first_db + edge * BAND_DB, 0.35));
    vec2 cell = place * noise_cells;
    float dash = step(0.5, fract((cell.x + cell.y) * 0.5 / DASH_CELLS));
    for (int i = 0; i < 4; i++) c = mix(c, vec3(dash), line_at(level, noise_limits[i], 1.2));
    vec2 rim = min(place, 1.0 - place) * noise_cells;
    color = vec4(c, 0.72 * known * smoothstep(0.0, 1.0, min(rim.x, rim.y)));
}
